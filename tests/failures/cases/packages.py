"""Packages that a manager does not find, or will not install together."""

from __future__ import annotations

from tests.failures.collection import Case

_ABSENT = "surely-no-such-package"
_GOPROXY = ("--build-arg", "GOPROXY=http://{site}/go")
_CARGO = '[package]\nname = "app"\nversion = "0.1.0"\nedition = "2021"\n\n[dependencies]\n'
_POM = """\
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>org.example</groupId><artifactId>app</artifactId><version>1</version>
  <dependencies><dependency>
    <groupId>org.example.absent</groupId><artifactId>surely-no-such-artifact</artifactId><version>1</version>
  </dependency></dependencies>
</project>
"""

CASES = (
    Case(
        name="apt-unknown",
        about="apt-get knows no such package",
        dockerfile=f"FROM debian:trixie\nRUN apt-get update && apt-get install -y {_ABSENT}\n",
        family="package_not_found",
        line=2,
        says=f"E: Unable to locate package {_ABSENT}",
    ),
    Case(
        name="apt-without-update",
        about="the image has no index of packages",
        dockerfile="FROM debian:trixie\nRUN rm -rf /var/lib/apt/lists/* && apt-get install -y jq\n",
        family="package_not_found",
        line=2,
        says="E: Unable to locate package jq",
    ),
    Case(
        name="apt-version",
        about="the package is there, but not in that version",
        dockerfile="FROM debian:trixie\n\nRUN apt-get update \\\n  && apt-get install -y jq=0.0.1\n",
        family="package_not_found",
        line=3,
        says="E: Version '0.0.1' for 'jq' was not found",
    ),
    Case(
        name="apt-not-signed",
        about="the image does not have the key of its own packages",
        dockerfile="FROM debian:trixie\nRUN rm -f /usr/share/keyrings/* /etc/apt/trusted.gpg.d/* && apt-get update\n",
        family="not_signed",
        line=2,
        says="is not signed",
    ),
    Case(
        name="dnf-unknown",
        about="dnf knows no such package",
        dockerfile=(
            "FROM toolbox\nRUN mkdir /packages && createrepo_c --quiet /packages\n"
            f"RUN dnf -y --repofrompath=local,file:///packages --repo=local --nogpgcheck install {_ABSENT}\n"
        ),
        family="package_not_found",
        line=3,
        says=_ABSENT,
    ),
    Case(
        name="pip-unknown",
        about="pip knows no such package",
        dockerfile=f"FROM toolbox\nRUN pip install --break-system-packages {_ABSENT}-7f3\n",
        family="package_not_found",
        line=2,
        says="ERROR: No matching distribution found",
    ),
    Case(
        name="pip-version",
        about="the package is there, but not in that version",
        dockerfile="FROM toolbox\nCOPY requirements.txt .\nRUN pip install --break-system-packages -r requirements.txt\n",
        files={"requirements.txt": "click==99.0\n"},
        family="package_not_found",
        line=3,
        says="click==99.0",
    ),
    Case(
        name="pip-conflict",
        about="two versions of one package",
        dockerfile="FROM toolbox\nRUN pip install --break-system-packages click==8.1.7 click==8.1.6\n",
        family="dependency_conflict",
        line=2,
        says="ERROR: Cannot install click==8.1.6 and click==8.1.7",
    ),
    Case(
        name="pip-hash",
        about="a package is not the one that was pinned",
        dockerfile="FROM toolbox\nCOPY requirements.txt .\nRUN pip install --break-system-packages -r requirements.txt\n",
        files={"requirements.txt": f"click==8.1.7 --hash=sha256:{'0' * 64}\n"},
        family="checksum_mismatch",
        line=3,
        says="THESE PACKAGES DO NOT MATCH THE HASHES",
    ),
    Case(
        name="npm-unknown",
        about="npm knows no such package",
        dockerfile=f"FROM toolbox\nWORKDIR /app\nRUN npm install {_ABSENT}-7f3\n",
        family="package_not_found",
        line=3,
        says="404",
    ),
    Case(
        name="npm-version",
        about="the package is there, but not in that version",
        dockerfile='FROM toolbox\nWORKDIR /app\nRUN ["npm", "install", "left-pad@99.0.0"]\n',
        family="package_not_found",
        line=3,
        says="No matching version found for left-pad@99.0.0",
    ),
    Case(
        name="npm-no-lock",
        about="npm ci without a lock file",
        dockerfile="FROM toolbox\nWORKDIR /app\nCOPY package.json .\nRUN npm ci\n",
        files={"package.json": '{"name": "app", "version": "1.0.0"}\n'},
        family="lock_file",
        line=4,
        says="npm ci",
    ),
    Case(
        name="npm-conflict",
        about="what one package wants another may not be",
        dockerfile="FROM toolbox\nWORKDIR /app\nCOPY package.json .\nRUN npm install\n",
        files={
            "package.json": '{"name": "app", "version": "1.0.0", "dependencies": {"react": "18.2.0", "react-dom": "16.14.0"}}\n'
        },
        family="dependency_conflict",
        line=4,
        says="ERESOLVE",
    ),
    Case(
        name="go-unknown",
        about="a module that is not there",
        dockerfile="FROM toolbox\nARG GOPROXY\nWORKDIR /app\nRUN go mod init example.org/app && go get example.net/surely/no-such-module\n",
        flags=_GOPROXY,
        family="package_not_found",
        line=4,
        says="example.net/surely/no-such-module",
    ),
    Case(
        name="go-version",
        about="the module is there, but not in that version",
        dockerfile="FROM toolbox\nARG GOPROXY\nWORKDIR /app\nRUN go mod init example.org/app\nRUN go get golang.org/x/text@v0.99.0\n",
        flags=_GOPROXY,
        family="package_not_found",
        line=5,
        says="v0.99.0",
    ),
    Case(
        name="go-sum",
        about="a module that go.sum does not have",
        dockerfile="FROM toolbox\nWORKDIR /app\nCOPY . .\nRUN go build -mod=readonly ./...\n",
        files={
            "go.mod": "module example.org/app\n\ngo 1.21\n\nrequire golang.org/x/text v0.14.0\n",
            "main.go": 'package main\n\nimport _ "golang.org/x/text/language"\n\nfunc main() {}\n',
        },
        family="lock_file",
        line=4,
        says="go.sum",
    ),
    Case(
        name="cargo-unknown",
        about="a crate that is not there",
        dockerfile="FROM toolbox\nWORKDIR /app\nCOPY . .\nRUN cargo build\n",
        files={
            "Cargo.toml": f'{_CARGO}surely-no-such-crate-7f3 = "1"\n',
            "src/main.rs": "fn main() {}\n",
        },
        family="package_not_found",
        line=4,
        says="surely-no-such-crate-7f3",
    ),
    Case(
        name="cargo-version",
        about="the crate is there, but not in that version",
        dockerfile="FROM toolbox\nWORKDIR /app\nCOPY . .\nRUN cargo build --release\n",
        files={"Cargo.toml": f'{_CARGO}itoa = "99"\n', "src/main.rs": "fn main() {}\n"},
        family="package_not_found",
        line=4,
        says='itoa = "^99"',
    ),
    Case(
        name="cargo-locked",
        about="a lock file that is not of this manifest",
        dockerfile="FROM toolbox\nWORKDIR /app\nCOPY . .\nRUN cargo build --locked\n",
        files={
            "Cargo.toml": f'{_CARGO}itoa = "1"\n',
            "Cargo.lock": 'version = 3\n\n[[package]]\nname = "app"\nversion = "0.1.0"\n',
            "src/main.rs": "fn main() {}\n",
        },
        family="lock_file",
        line=4,
        says="--locked",
    ),
    Case(
        name="maven-unknown",
        about="an artifact that is not there",
        dockerfile="FROM java\nWORKDIR /app\nCOPY pom.xml .\nRUN mvn --batch-mode --no-transfer-progress dependency:resolve\n",
        files={"pom.xml": _POM},
        family="package_not_found",
        line=4,
        says="surely-no-such-artifact",
    ),
    Case(
        name="pip-managed",
        about="this system's Python is not pip's to change",
        dockerfile="FROM toolbox\nRUN pip install click\n",
        family="externally_managed",
        line=2,
        says="error: externally-managed-environment",
    ),
    Case(
        name="pip-python-version",
        about="a package wants another Python",
        dockerfile="FROM toolbox\nWORKDIR /app\nCOPY . .\nRUN pip install --break-system-packages .\n",
        files={
            "pyproject.toml": '[project]\nname = "app"\nversion = "1"\nrequires-python = ">=3.99"\n'
        },
        family="wrong_version",
        line=4,
        says="requires a different Python",
    ),
    Case(
        name="go-too-old",
        about="a module wants a newer Go",
        dockerfile="FROM toolbox\nENV GOTOOLCHAIN=local\nWORKDIR /app\nCOPY go.mod .\nRUN go build ./...\n",
        files={"go.mod": "module example.org/app\n\ngo 1.99\n"},
        family="wrong_version",
        line=5,
        says="go.mod requires go >= 1.99",
    ),
    Case(
        name="npm-engine",
        about="a package wants another Node.js",
        dockerfile="FROM toolbox\nWORKDIR /app\nCOPY package.json .\nRUN npm install --engine-strict\n",
        files={
            "package.json": '{"name": "app", "version": "1.0.0", "engines": {"node": ">=99"}}\n'
        },
        family="wrong_version",
        line=4,
        says="EBADENGINE",
    ),
    Case(
        name="gem-unknown",
        about="gem knows no such package",
        dockerfile=f"FROM toolbox\nRUN gem install --local {_ABSENT}\n",
        family="package_not_found",
        line=2,
        says=_ABSENT,
    ),
)

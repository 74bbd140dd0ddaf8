# The service's image. `make docker-build` puts the pinned wheels and our own into wheels/ first, so that the build
# needs no network; a plain `docker build .` takes them from the package index that pip is configured with.
ARG BASE_IMAGE=python:3.11-slim

FROM ${BASE_IMAGE} AS installed
WORKDIR /build
# The glob lets the folder be absent.
COPY .ci/requirements.txt pyproject.toml README.md wheel[s] ./
COPY generator generator
COPY server server
COPY packs packs
RUN set -eu; \
    local=; if ls ./*.whl >/dev/null 2>&1; then local="--no-index --find-links=."; fi; \
    own=$(ls ./nomad_build_service-*.whl 2>/dev/null || echo .); \
    python3 -m venv /opt/nomad-build; \
    pip="/opt/nomad-build/bin/pip --disable-pip-version-check --no-cache-dir --quiet"; \
    $pip install --require-hashes $local -r requirements.txt; \
    $pip install --no-deps $local "$own"; \
    $pip uninstall --yes pip

FROM ${BASE_IMAGE}
# Written by hand: a small base image may lack useradd.
RUN echo 'nomad-build:x:10001:10001::/nonexistent:/usr/sbin/nologin' >>/etc/passwd && \
    echo 'nomad-build:x:10001:' >>/etc/group
COPY --from=installed /opt/nomad-build /opt/nomad-build
ENV PATH=/opt/nomad-build/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
WORKDIR /nonexistent
USER 10001:10001
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/health', timeout=4)"]
CMD ["python", "-m", "server", "serve", "--host", "0.0.0.0", "--port", "8080"]

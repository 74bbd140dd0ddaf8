# The service's image. `make docker-build` downloads the pinned wheels into wheels/ first, so that the build needs no
# network; a plain `docker build .` takes them from the package index that pip is configured with.
ARG BASE_IMAGE=python:3.11-slim

FROM ${BASE_IMAGE} AS dependencies
WORKDIR /build
# The glob lets the folder be absent.
COPY .ci/requirements.txt wheel[s] ./
RUN python3 -m venv /opt/nomad-build && \
    if ls ./*.whl >/dev/null 2>&1; then local="--no-index --find-links=."; fi && \
    /opt/nomad-build/bin/pip install --disable-pip-version-check --no-cache-dir --no-compile \
        --require-hashes ${local:-} -r requirements.txt && \
    /opt/nomad-build/bin/pip uninstall --quiet --yes pip
COPY generator /opt/nomad-build/app/generator
COPY server /opt/nomad-build/app/server
COPY packs /opt/nomad-build/app/packs
RUN /opt/nomad-build/bin/python -m compileall -q /opt/nomad-build

FROM ${BASE_IMAGE}
# Written by hand: a small base image may lack useradd.
RUN echo 'nomad-build:x:10001:10001::/nonexistent:/usr/sbin/nologin' >>/etc/passwd && \
    echo 'nomad-build:x:10001:' >>/etc/group
COPY --from=dependencies /opt/nomad-build /opt/nomad-build
ENV PATH=/opt/nomad-build/bin:$PATH \
    PYTHONPATH=/opt/nomad-build/app \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
WORKDIR /opt/nomad-build/app
USER 10001
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/health', timeout=4)"]
CMD ["python", "-m", "server", "serve", "--host", "0.0.0.0", "--port", "8080"]

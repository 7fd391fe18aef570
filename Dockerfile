# The image of every NMS process: web server, Celery worker, beat, migrations. docker-compose.yml names the command.
# The Python version is the one the tests run on.
FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /venv
COPY requirements.lock /tmp/requirements.lock
RUN /venv/bin/pip install --require-hashes -r /tmp/requirements.lock

FROM python:3.11-slim-bookworm
RUN groupadd --gid 10001 nms \
    && useradd --uid 10001 --gid nms --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin nms
COPY --from=build /venv /venv
WORKDIR /app
COPY LICENSE manage.py ./
COPY api_clients ./api_clients
COPY common ./common
COPY nms ./nms
COPY docs/openapi ./docs/openapi
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    NMS_DATA_DIR=/data
# Byte code and static files are made here, because the container's file system is read-only.
RUN python -m compileall -q /venv/lib api_clients common nms \
    && NMS_DATA_DIR=/tmp/build python manage.py collectstatic --noinput --verbosity 0 \
    && rm -rf /tmp/build \
    && install -d -o nms -g nms -m 0700 /data
USER nms
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://localhost:8000/health/', timeout=4)"]
CMD ["uvicorn", "nms.asgi:application", "--host", "0.0.0.0", "--port", "8000", "--no-server-header", "--timeout-graceful-shutdown", "20"]

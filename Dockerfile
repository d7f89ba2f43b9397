# One image for every role: api and console (`serve`), background worker (`worker`), and any `alongside` command.
FROM python:3.12-slim AS build
WORKDIR /build
COPY pyproject.toml README.md ./
COPY matching matching
COPY schemas schemas
COPY service service
RUN python -m venv /opt/alongside && /opt/alongside/bin/pip install --no-cache-dir . && /opt/alongside/bin/python -m matching.kernel && /opt/alongside/bin/python -m matching.verifying

FROM python:3.12-slim
RUN useradd --system --uid 10001 --create-home alongside && mkdir /data && chown alongside /data
COPY --from=build /opt/alongside /opt/alongside
ENV PATH=/opt/alongside/bin:$PATH ALONGSIDE_STORE=sqlite:////data/alongside.sqlite3 ALONGSIDE_HOST=0.0.0.0 ALONGSIDE_PORT=8000
USER alongside
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=3s CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/livez', timeout=2)"]
CMD ["alongside", "serve"]

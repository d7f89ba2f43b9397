# One image for every role: API and console (`serve`), background worker (`worker`), and any `alongside` command.
# tests/image runs every step of this file and of compose.yaml without a container engine.
FROM python:3.12-slim AS build
# Compiled code is for any x86-64 processor with AVX2, whichever built the image. For older or other ones:
# docker build --build-arg CPU_NAME=generic .
ARG CPU_NAME=x86-64-v3
ENV NUMBA_CPU_NAME=$CPU_NAME NUMBA_CPU_FEATURES=
WORKDIR /build
RUN python -m venv /opt/alongside
COPY pyproject.toml README.md ./
COPY matching matching
COPY schemas schemas
COPY service service
RUN /opt/alongside/bin/pip install --no-cache-dir .
# Away from the sources, or what runs is these and not what was installed.
WORKDIR /
# Each part compiles by itself, on a core of its own where there are several.
RUN set -e; \
    /opt/alongside/bin/python -m matching.kernel driver & driver=$!; \
    /opt/alongside/bin/python -m matching.verifying & verifier=$!; \
    /opt/alongside/bin/python -m matching.kernel solvers; \
    wait $driver; wait $verifier
RUN /opt/alongside/bin/python -m service.container pack
# What nobody runs: tests of libraries, and what installed them.
RUN find /opt/alongside -type d -name tests -prune -exec rm -rf {} + && \
    rm -rf /opt/alongside/bin/pip* /opt/alongside/lib/python3*/site-packages/pip /opt/alongside/lib/python3*/site-packages/pip-*.dist-info

FROM python:3.12-slim
ARG CPU_NAME=x86-64-v3
ENV NUMBA_CPU_NAME=$CPU_NAME NUMBA_CPU_FEATURES=
RUN useradd --system --uid 10001 --no-create-home --home-dir /data alongside && \
    mkdir /data /run/alongside && chown 10001 /data /run/alongside
COPY --from=build /opt/alongside /opt/alongside
ENV PATH=/opt/alongside/bin:$PATH PYTHONDONTWRITEBYTECODE=1
ENV ALONGSIDE_STORE=sqlite:////data/alongside.sqlite3 ALONGSIDE_HOST=0.0.0.0
USER 10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=3s --start-period=10s CMD ["python", "-m", "service.container", "health"]
ENTRYPOINT ["python", "-m", "service.container"]
CMD ["alongside", "serve"]

# Two images from one file:
#   docker build --target runtime -t vigia .          ingest, api and the simulator; no training tools, no pip
#   docker build --target train -t vigia-train .      python -m training and MLflow's page
# Behind a package index of your own: --secret id=pip,src=pip.conf (it is there while pip runs, and in no layer).
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS tools
COPY containers/install /usr/local/bin/install-requirements
WORKDIR /requirements

# Nothing but the pins goes into these two stages, so that a change of our own code finds them ready.
FROM tools AS runtime-packages
COPY requirements.txt .
RUN --mount=type=secret,id=pip,target=/etc/pip.conf install-requirements requirements.txt /opt/vigia \
 && /opt/vigia/bin/python -c "import alembic.command, apprise, fastapi, jinja2, paho.mqtt.client, pydantic_settings, ruamel.yaml, \
      sqlalchemy.dialects.sqlite, typer, uvicorn.protocols.http.auto, uvloop, xgboost" # leaves the bytecode of what runs

FROM tools AS train-packages
COPY requirements-train.txt .
RUN --mount=type=secret,id=pip,target=/etc/pip.conf install-requirements requirements-train.txt /opt/vigia

FROM ${BASE} AS bare
LABEL org.opencontainers.image.title="Vigía" \
      org.opencontainers.image.description="Water alarm: scores sensor readings from MQTT and tells people at once" \
      org.opencontainers.image.licenses="MIT"
# Whoever breaks in finds no installer. Debian's own packages cannot be uninstalled by pip, so the files go.
RUN find / -xdev \( -path '*/site-packages/pip*' -o -path '*/dist-packages/pip*' -o -path '*/ensurepip' \
      -o -path '*/share/python-wheels' -o -path '*/bin/pip*' \) -prune -exec rm -rf {} + \
 && groupadd --gid 10001 vigia \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin vigia \
 && install -d -o vigia -g vigia /data /models /training
# The root file system is read-only at run time, so bytecode is made while building or not at all.
ENV PATH=/opt/vigia/bin:$PATH PYTHONPATH=/app PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    VIGIA_STORE__URL=sqlite:////data/vigia.db VIGIA_API__HOST=0.0.0.0 VIGIA_INGEST__METRICS_HOST=0.0.0.0
WORKDIR /app
STOPSIGNAL SIGTERM
ENTRYPOINT ["python", "-m"]

FROM bare AS train
COPY --from=train-packages /opt/vigia /opt/vigia
COPY settings settings
COPY model model
COPY training training
ENV MLFLOW_DISABLE_TELEMETRY=true MPLCONFIGDIR=/tmp HOME=/tmp
# Training writes build/ and models/ where it stands: this is a volume's place.
WORKDIR /training
USER vigia
CMD ["training"]

FROM bare AS runtime
COPY --from=runtime-packages /opt/vigia /opt/vigia
# From what changes least to what changes most.
COPY containers/healthy.py containers/healthy.py
COPY settings settings
COPY model model
COPY alerts alerts
COPY simulator simulator
COPY ingest ingest
COPY api api
RUN python -m compileall -q .
USER vigia
EXPOSE 8000 9108
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
  CMD ["python", "-S", "containers/healthy.py", "http://127.0.0.1:8000/readyz"]
CMD ["api"]

# Two stages: what the set-up leaves behind stays in the first.
FROM python:3.13-slim AS build
WORKDIR /app
COPY tools/bootstrap.py tools/
COPY requirements.lock requirements-build.lock ./
# pip stays: `safetybot statutes` fetches the statutes with it.
RUN python tools/bootstrap.py --venv /app/.venv requirements.lock

FROM python:3.13-slim
LABEL org.opencontainers.image.title="safetybot" org.opencontainers.image.licenses="Apache-2.0"
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    SAFETYBOT_VAR_DIR=/var/lib/safetybot
WORKDIR /app
COPY --from=build /app/.venv /app/.venv
COPY bot ./bot
COPY config ./config
COPY knowledge ./knowledge
COPY LICENSE NOTICE README.md ./
# Compiled here, since the user who runs the bot may not write to /app.
RUN python -m compileall -q bot \
    && useradd --system --uid 10001 --no-create-home safetybot \
    && install -d -o safetybot -g safetybot /var/lib/safetybot
USER safetybot
VOLUME /var/lib/safetybot
EXPOSE 8000
# Long enough for the first start, which builds the index.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["python", "-c", \
    "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["safetybot", "serve", "--host", "0.0.0.0"]

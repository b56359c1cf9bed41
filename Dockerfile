# Two stages: the first installs from the lock, the second holds the result and nothing to build with.
# A built image knows no coalition: see "Deployment" in README.md.
# The digest names the base image whatever becomes of its tag. `docker buildx imagetools inspect python:3.13.13-slim-trixie`
# prints the tag's newest; a newer one comes in by an edit of both lines, and a wrong one builds nothing.

FROM python:3.13.13-slim-trixie@sha256:aa938a849bcb82dce8f49480f056ab82bf5c1c3ebc294f0430f37b6820e7f286 AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
RUN python -m venv --without-pip /opt/referral-router
COPY requirements-run.lock ./
RUN python -m pip --python /opt/referral-router/bin/python install --only-binary :all: \
    --require-hashes --requirement requirements-run.lock
COPY pyproject.toml README.md LICENSE ./
COPY service ./service
COPY routing ./routing
COPY policies ./policies
RUN python -m pip --python /opt/referral-router/bin/python install --no-deps .

FROM python:3.13.13-slim-trixie@sha256:aa938a849bcb82dce8f49480f056ab82bf5c1c3ebc294f0430f37b6820e7f286
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin router \
    && install --directory --owner router --mode 0700 /data
COPY --from=build /opt/referral-router /opt/referral-router
ENV PATH=/opt/referral-router/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    REFERRAL_ROUTER_DATABASE=sqlite:////data/referral-router.db
LABEL org.opencontainers.image.title="referral-router" \
    org.opencontainers.image.description="Who to call next, and what may be said" \
    org.opencontainers.image.version="0.2.0" \
    org.opencontainers.image.licenses="Apache-2.0"
USER router
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health/ready', timeout=2)"]
ENTRYPOINT ["referral-router"]
CMD ["serve", "--host", "0.0.0.0"]

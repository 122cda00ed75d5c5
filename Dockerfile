# A virtual WizFi250 in a container; docs/containers.md tells more.
#
#     docker build -t wizfi-emu .
#     docker run --rm -p 127.0.0.1:7000:7000 -p 127.0.0.1:8080:8080 wizfi-emu
#
# The serial line is TCP port 7000, the control panel is at port 8080 (the log has its address). Each option of
# `wizfi-emu run` is a variable: -e WIZFI_EMU_FIRMWARE=1.0.5.2. The flash is in /state; name a volume to keep it.

FROM python:3.11-slim AS build
COPY . /src
RUN pip wheel --no-cache-dir --wheel-dir /wheels "/src[web]"

FROM python:3.11-slim
COPY --from=build /wheels /wheels
RUN pip install --no-cache-dir --no-index --find-links /wheels "wizfi-emu[web]" \
    && rm -r /wheels \
    && useradd --create-home --uid 10001 wizfi \
    && install --directory --owner=wizfi --mode=0700 /state
USER 10001
ENV XDG_STATE_HOME=/state \
    WIZFI_EMU_SERIAL=tcp://0.0.0.0:7000 \
    WIZFI_EMU_CONTROL=0.0.0.0:8080
VOLUME /state
EXPOSE 7000 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=8s --start-period=30s --start-interval=1s CMD ["wizfi-emu", "ctl", "ready"]
ENTRYPOINT ["wizfi-emu"]
CMD ["run"]

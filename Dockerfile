# A virtual WizFi250 in a container.
#
# The serial line is either
#   - a TCP port (or RFC 2217 with rfc2217://), for a host outside of the container:
#         docker run --rm -p 127.0.0.1:7000:7000 wizfi-emu run --serial tcp://0.0.0.0:7000
#   - the pseudo-terminal, for a host in the same container; its path is the first line of output:
#         docker run --rm --name module wizfi-emu run --link /tmp/wizfi
#         docker exec -it module python -m serial.tools.miniterm /tmp/wizfi 115200
#
# What the module connects to it reaches at --host-address; with --network host that is the host's loopback.
# The flash is in /state; name a volume for it to keep it.

FROM python:3.11-slim AS build
COPY . /src
RUN pip wheel --no-cache-dir --wheel-dir /wheels "/src[web]"

FROM python:3.11-slim
COPY --from=build /wheels /wheels
RUN pip install --no-cache-dir --no-index --find-links /wheels "wizfi-emu[web]" \
    && rm -r /wheels \
    && useradd --create-home wizfi \
    && install --directory --owner=wizfi --mode=0700 /state
USER wizfi
ENV XDG_STATE_HOME=/state
VOLUME /state
STOPSIGNAL SIGTERM
ENTRYPOINT ["wizfi-emu"]
CMD ["run"]

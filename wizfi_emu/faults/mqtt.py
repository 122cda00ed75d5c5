"""Faults of the connection to an MQTT broker, which is beside the socket table: refused, swallowed, reset."""

from wizfi_emu.faults.flows import Flow
from wizfi_emu.faults.live import FaultContext, Live
from wizfi_emu.faults.model import TcpBlackHole, TcpRefuse, TcpReset
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.stages.orders import ResetMqtt


class MqttFaults:
    """Gets every MQTT effect that the machine orders, and what the broker delivers."""

    def __init__(self, context: FaultContext, broker: Flow | None = None) -> None:
        """``broker``: a connection that there was before."""
        self._context = context
        self._flow = broker

    def restarted(self) -> None:
        self._flow = None

    def begin(self, live: Live) -> None:
        flow = self._flow
        if flow is not None and isinstance(live.fault, TcpReset) and flow.fits((live,), TcpReset) and live.applies():
            self._context.order(ResetMqtt())

    def order(self, effect: fx.MqttEffect) -> None:
        context = self._context
        if isinstance(effect, fx.ConnectMqtt):
            self._flow = Flow(0, True, effect.address, effect.port)
            if self._flow.affected_by(context.active, TcpRefuse):
                context.tell(ev.MqttEnded(effect.request, ok=False))
                return
        if isinstance(effect, fx.DisconnectMqtt) or not self._is_blackholed():
            context.carry_out(effect)
        elif isinstance(effect, fx.PublishMqtt):
            context.tell(ev.MqttEnded(effect.request, ok=True))  # the module's stack has taken it
        else:
            failed = ev.MqttEnded(effect.request, ok=False)
            context.later(context.now_us + effect.limit_us, lambda: context.tell(failed))

    def receive(self, event: ev.MqttReceived) -> None:
        if not self._is_blackholed():
            self._context.tell(event)

    def _is_blackholed(self) -> bool:
        return self._flow is not None and bool(self._flow.affected_by(self._context.active, TcpBlackHole))

package io.partita.broker.group;

import io.partita.broker.protocol.ErrorCode;

/** Why a heartbeat is refused. {@code message} is null where the code says all. */
public record Refusal(ErrorCode error, String message) {}

package io.partita.broker.group;

import io.partita.broker.protocol.ErrorCode;
import java.util.List;

/** Answer to a {@link LeaveRequest}: an error of the whole, or one code for each leaver in its order. */
public record LeaveResult(ErrorCode error, List<ErrorCode> members) {}

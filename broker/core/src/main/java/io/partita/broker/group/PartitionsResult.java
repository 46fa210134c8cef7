package io.partita.broker.group;

import io.partita.broker.protocol.ErrorCode;
import java.util.List;

/** An error of the whole, or one code for each partition of the request in its order. */
public record PartitionsResult(ErrorCode error, List<ErrorCode> partitions) {

    static PartitionsResult failed(ErrorCode error) {
        return new PartitionsResult(error, List.of());
    }
}

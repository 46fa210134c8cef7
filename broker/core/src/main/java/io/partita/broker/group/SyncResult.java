package io.partita.broker.group;

import io.partita.broker.protocol.ErrorCode;

/**
 * Answer to a {@link SyncRequest}.
 *
 * @param protocolType null with an error
 * @param protocol null with an error
 * @param assignment empty with an error
 */
public record SyncResult(ErrorCode error, String protocolType, String protocol, byte[] assignment) {

    public static SyncResult failed(ErrorCode error) {
        return new SyncResult(error, null, null, new byte[0]);
    }
}

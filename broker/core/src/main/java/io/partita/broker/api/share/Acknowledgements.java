package io.partita.broker.api.share;

import io.partita.broker.api.Permission;
import io.partita.broker.api.RequestContext;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.share.AcknowledgeBatch;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What one request says became of records, and what came of that. Thread-safe. */
final class Acknowledgements {

    private final Map<ShareSession.Place, ErrorCode> outcomes = new LinkedHashMap<>();
    private int open;
    private Runnable then;

    /** Hands everything to the share-partitions, and runs {@code then} when all is stored or refused; on any thread. */
    static Acknowledgements give(RequestContext context, ShareSession session, Map<ShareSession.Place, List<AcknowledgeBatch>> batches, SharePlaces places,
            Permission permission, Runnable then) {
        var all = new Acknowledgements();
        all.open = 1;
        all.then = then;
        batches.forEach((place, ofPlace) -> {
            synchronized (all) {
                all.open++;
                all.outcomes.put(place, ErrorCode.NONE);
            }
            SharePlaces.Found found = places.find(context, session, place, permission);
            if (found.error() != ErrorCode.NONE) {
                all.done(place, found.error());
            } else {
                found.partition().loop().run(() -> found.partition()
                        .whenLoaded(() -> found.partition().acknowledge(session.memberId, ofPlace, code -> all.done(place, code))));
            }
        });
        all.done(null, ErrorCode.NONE);
        return all;
    }

    private void done(ShareSession.Place place, ErrorCode code) {
        synchronized (this) {
            if (place != null) {
                outcomes.put(place, code);
            }
            open--;
            if (open > 0) {
                return;
            }
        }
        then.run();
    }

    /** By partition. Once all is done. */
    synchronized Map<ShareSession.Place, ErrorCode> outcomes() {
        return new LinkedHashMap<>(outcomes);
    }

    static String message(ErrorCode error) {
        return switch (error) {
            case NONE -> null;
            case INVALID_RECORD_STATE -> "The record state is invalid. The acknowledgement of delivery could not be completed.";
            default -> error.name();
        };
    }
}

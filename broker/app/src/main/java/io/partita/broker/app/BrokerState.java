package io.partita.broker.app;

import io.partita.broker.Broker;

/**
 * Where the broker of this application stands.
 *
 * <pre>
 *   Starting ──► Running ──► Stopping
 *       └──────► Failed         ▲
 *       └───────────────────────┘
 * </pre>
 */
sealed interface BrokerState {

    /** Its data are being opened and, after a crash, recovered. */
    record Starting() implements BrokerState {}

    /** Clients are served. */
    record Running(Broker broker) implements BrokerState {}

    /** It could not start; the application ends. */
    record Failed(String reason) implements BrokerState {}

    /** The application ends. */
    record Stopping() implements BrokerState {}
}

package io.partita.broker.net;

/** Makes the session in which the connections of a listener begin. */
@FunctionalInterface
interface SessionFactory {

    Session begin(Connection connection);
}

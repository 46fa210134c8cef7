package io.partita.broker.control;

/**
 * One run of a broker. A broker that starts again is another process, and leads only under an epoch that names it (rule 8).
 *
 * @param broker the broker's id, 0 or above
 * @param process a name that no other run of any broker has
 */
public record BrokerProcess(int broker, String process) {

    public BrokerProcess {
        Names.check(broker, process);
    }
}

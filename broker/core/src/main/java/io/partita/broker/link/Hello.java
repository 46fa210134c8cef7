package io.partita.broker.link;

import io.netty.buffer.ByteBuf;
import io.partita.broker.control.BrokerProcess;
import io.partita.broker.protocol.MalformedMessageException;
import io.partita.broker.protocol.MessageReader;
import io.partita.broker.protocol.MessageWriter;

/**
 * Who is at one end of a connection, and whom it believes to be at the other.
 *
 * @param version of the frames: the highest that the caller speaks, or what the called one has chosen
 * @param clusterId the cluster it belongs to
 * @param self this run of the broker
 * @param addressee the broker that the connection was meant for
 */
record Hello(short version, String clusterId, BrokerProcess self, int addressee) {

    static final short VERSION = 1;

    /** "PTBL": whatever else comes to this port is told from a broker by its first bytes. */
    private static final int MAGIC = 0x5054424c;
    private static final int CLUSTER_ID_CHARS_MAX = 256;

    void write(ByteBuf out) {
        MessageWriter writer = new MessageWriter(out);
        writer.int32(MAGIC);
        writer.int16(version);
        writer.string(clusterId, true);
        writer.int32(self.broker());
        writer.string(self.process(), true);
        writer.int32(addressee);
    }

    static Hello read(ByteBuf content) {
        MessageReader in = new MessageReader(content);
        if (in.int32() != MAGIC) {
            throw new MalformedMessageException("it does not begin as a broker does");
        }
        short version = in.int16();
        if (version < VERSION) {
            throw new MalformedMessageException("version " + version + " of the frames between brokers is not spoken here");
        }
        String clusterId = in.string(true);
        int broker = in.int32();
        String process = in.string(true);
        int addressee = in.int32();
        if (clusterId.length() > CLUSTER_ID_CHARS_MAX) {
            throw new MalformedMessageException("a cluster id of " + clusterId.length() + " letters");
        }
        try {
            return new Hello(version, clusterId, new BrokerProcess(broker, process), addressee);
        } catch (IllegalArgumentException e) {
            throw new MalformedMessageException("the name of a process that cannot be one: " + e.getMessage());
        }
    }

    /** What is wrong with the other end of a connection to {@code expected}, {@code null} for nothing. */
    String problem(Hello other, int expected) {
        if (!other.clusterId.equals(clusterId)) {
            return "it belongs to another cluster: check the addresses of replication.listener";
        }
        if (other.addressee != self.broker()) {
            return "it looks for broker " + other.addressee + ", this is " + self.broker() + ": an address has gone to another broker";
        }
        if (other.self.broker() == self.broker()) {
            return "it is broker " + self.broker() + ", as this one is: every broker of a cluster needs a node.id of its own";
        }
        if (expected >= 0 && other.self.broker() != expected) {
            return "it is broker " + other.self.broker() + ", where broker " + expected + " should be: an address has gone to another broker";
        }
        return null;
    }
}

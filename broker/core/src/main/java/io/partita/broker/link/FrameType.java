package io.partita.broker.link;

/**
 * What a frame is. On the wire: an int32 with the length of what follows, the {@link #id} in a byte, the content.
 *
 * <pre>
 * HELLO        magic int32, version int16, cluster id, broker int32, process, addressee int32: the first frame in each direction
 * FAREWELL     code int8, reason: the last one
 * PING         nothing; every 250 ms in each direction
 * FETCH        id int32, topic id 16 bytes, partition int32, epoch int32, offset int64, last epoch int32, high watermark int64,
 *              log start offset int64, incarnation
 * RECORDS      id int32, high watermark int64, log start offset int64, batches up to the frame's end
 * DIVERGING    id int32, epoch int32, end offset int64
 * BEFORE_START id int32, log start offset int64
 * REFUSED      id int32: the fetch is not answered
 * CALL         id int32, API key int16, version int16, a request of Kafka's protocol
 * RESULT       id int32, the response to it
 * UNSERVED     id int32: the call is not answered
 * </pre>
 *
 * Ids are the asking side's, for its own fetches and calls. Texts are an unsigned varint one higher than their length, and UTF-8.
 */
enum FrameType {
    HELLO(1, false),
    FAREWELL(2, false),
    PING(3, false),
    FETCH(4, false),
    RECORDS(5, true),
    DIVERGING(6, false),
    BEFORE_START(7, false),
    REFUSED(8, false),
    CALL(9, true),
    RESULT(10, true),
    UNSERVED(11, false);

    /** What stands before the content: length and id. */
    static final int HEADER_BYTES = 5;
    /** Most bytes of the content of a frame of a kind that is never large. */
    static final int SMALL_BYTES_MAX = 1024;

    private static final FrameType[] TYPES = values();

    private final int id;
    private final boolean large;

    FrameType(int id, boolean large) {
        this.id = id;
        this.large = large;
    }

    int id() {
        return id;
    }

    /** Whether it carries records or messages, whose size the settings bound. */
    boolean isLarge() {
        return large;
    }

    /** The type of an id from the wire, {@code null} for none. */
    static FrameType of(int id) {
        return id >= 1 && id <= TYPES.length ? TYPES[id - 1] : null;
    }
}

package io.partita.broker.protocol;

/**
 * What a message may ask of whoever decodes it, beyond what its bytes bear out.
 *
 * @param heapBytesMax the memory that decoded values may take, records not counted
 * @param arrayElementsMax elements of one array
 * @param taggedFieldsMax tagged fields of one structure
 */
public record DecoderLimits(long heapBytesMax, int arrayElementsMax, int taggedFieldsMax) {

    /** Room is made for so many elements of an array before the first was read, however many are announced. Kafka 4.4's number. */
    public static final int ELEMENTS_EXPECTED_MAX = 1_000;

    /** Kafka 4.4's numbers, and a memory that a fetch request naming 100,000 partitions takes a tenth of. */
    public static final DecoderLimits SERVED = new DecoderLimits(128L << 20, 1_000_000, 10_000);

    /** For whoever has not said who it is: what its few short requests need. */
    public static final DecoderLimits UNAUTHENTICATED = new DecoderLimits(1L << 20, 1_000, 100);

    /** The same with less memory, where there is less. */
    public DecoderLimits withinHeapBytes(long bytes) {
        return bytes >= heapBytesMax ? this : new DecoderLimits(bytes, arrayElementsMax, taggedFieldsMax);
    }
}

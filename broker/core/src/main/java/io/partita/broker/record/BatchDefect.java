package io.partita.broker.record;

/** What is wrong with a batch or message set. Coarse on purpose: each kind is one answer to the client, the reason text carries the detail. */
public enum BatchDefect {
    /** The bytes are not what was written: cut off, or the checksum does not match. */
    CORRUPT,
    /** Well-formed, but larger than the topic allows. */
    TOO_LARGE,
    /** A record format other than the one expected here. */
    UNSUPPORTED_MAGIC,
    /** A codec that does not exist or must not be used with this record format. */
    UNSUPPORTED_COMPRESSION,
    /** Header fields or records contradict each other or a rule of the topic. */
    INVALID_RECORD,
    /** A timestamp outside of what the topic accepts. */
    INVALID_TIMESTAMP,
    /** The compressed data cannot be opened, or opens to more bytes than the bound. */
    UNREADABLE_COMPRESSION
}

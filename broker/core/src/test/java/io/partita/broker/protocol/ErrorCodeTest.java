package io.partita.broker.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

class ErrorCodeTest {

    @Test
    void equalsKafkas() {
        assertEquals(Errors.values().length, ErrorCode.values().length);
        for (Errors kafkas : Errors.values()) {
            ErrorCode ours = ErrorCode.valueOf(kafkas.name());
            assertEquals(kafkas.code(), ours.code());
            assertEquals(kafkas.exception() instanceof RetriableException, ours.retriable(), kafkas.name());
            assertSame(ours, ErrorCode.forCode(kafkas.code()));
        }
    }

    @Test
    void codesUnknownAreUnknownErrors() {
        assertSame(ErrorCode.UNKNOWN_SERVER_ERROR, ErrorCode.forCode(10_000));
        assertSame(ErrorCode.UNKNOWN_SERVER_ERROR, ErrorCode.forCode(-2));
    }
}

package io.partita.broker.group;

/** An answer that a test looks at. */
final class Given<T> implements Answer<T> {

    private T result;
    private Runnable release;

    @Override
    public void give(T given) {
        if (result != null) {
            throw new AssertionError("answered twice: " + result + ", then " + given);
        }
        result = given;
    }

    @Override
    public void held(Runnable released) {
        release = released;
    }

    boolean isGiven() {
        return result != null;
    }

    /** Whether it is ready but held back. */
    boolean isHeld() {
        return release != null && result == null;
    }

    /** What the network does when another request arrives. */
    void nextRequest() {
        release.run();
    }

    T get() {
        if (result == null) {
            throw new AssertionError("not answered");
        }
        return result;
    }
}

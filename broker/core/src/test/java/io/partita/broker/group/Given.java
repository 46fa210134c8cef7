package io.partita.broker.group;

/** An answer that a test looks at. */
public final class Given<T> implements Answer<T> {

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

    public boolean isGiven() {
        return result != null;
    }

    /** Whether it is ready but held back. */
    public boolean isHeld() {
        return release != null && result == null;
    }

    /** What the network does when another request arrives. */
    public void nextRequest() {
        release.run();
    }

    public T get() {
        if (result == null) {
            throw new AssertionError("not answered");
        }
        return result;
    }
}

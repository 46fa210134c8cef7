package io.partita.broker.net;

import io.partita.broker.api.ClientInfo;
import io.partita.broker.security.Principal;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/** Who is at the other end of a connection, as far as it has said so. Lives on the connection's event loop. */
final class Peer implements ClientInfo {

    /** Of those who cannot be taken away. */
    static final BooleanSupplier ALWAYS = () -> true;

    private final InetAddress address;
    private final String listenerName;
    private Principal principal = Principal.ANONYMOUS;
    private BooleanSupplier holds = ALWAYS;
    private String softwareName = "";
    private String softwareVersion = "";
    private final List<Runnable> onDisconnect = new ArrayList<>(0);

    Peer(InetAddress address, String listenerName) {
        this.address = address;
        this.listenerName = listenerName;
    }

    @Override
    public void onDisconnect(Runnable task) {
        onDisconnect.add(task);
    }

    /** The connection has closed. */
    void disconnected() {
        List<Runnable> tasks = List.copyOf(onDisconnect);
        onDisconnect.clear();
        tasks.forEach(Runnable::run);
    }

    /** It has proved to be this one. @param stillThere whether there is such a user, asked now and then */
    void authenticated(Principal proved, BooleanSupplier stillThere) {
        principal = proved;
        holds = stillThere;
    }

    /** Whether there is still whoever it has proved to be. */
    boolean isStillThere() {
        return holds.getAsBoolean();
    }

    @Override
    public Principal principal() {
        return principal;
    }

    @Override
    public InetAddress address() {
        return address;
    }

    @Override
    public String listenerName() {
        return listenerName;
    }

    @Override
    public String softwareName() {
        return softwareName;
    }

    @Override
    public String softwareVersion() {
        return softwareVersion;
    }

    @Override
    public void identify(String name, String version) {
        softwareName = name;
        softwareVersion = version;
    }
}

package io.partita.cli.command;

import io.partita.cli.Version;
import picocli.CommandLine.IVersionProvider;

/** What {@code --version} prints. */
final class VersionText implements IVersionProvider {
    @Override
    public String[] getVersion() {
        return new String[] {"partita " + Version.text()};
    }
}

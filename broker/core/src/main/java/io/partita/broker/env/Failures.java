package io.partita.broker.env;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.concurrent.CompletionException;

/**
 * What the log says of something that failed. A disk that is full, a file without permissions and a name that is not known are told in a sentence: whoever looks after them learns nothing
 * from names of classes. A stack trace is for defects.
 */
public final class Failures {

    private Failures() {}

    /** What happened, the end of a sentence, without names of classes where it is nothing of ours. */
    public static String said(Throwable failure) {
        Throwable cause = unwrapped(failure);
        String message = cause.getMessage();
        return switch (cause) {
            case NoSuchFileException missing -> "there is no " + missing.getFile();
            case FileNotFoundException missing -> "there is no " + message;
            case AccessDeniedException denied -> "the access to " + denied.getFile() + " is denied";
            case FileAlreadyExistsException there -> there.getFile() + " is there already";
            case DirectoryNotEmptyException full -> "the directory " + full.getFile() + " is not empty";
            case NotDirectoryException file -> file.getFile() + " is no directory";
            case ClosedChannelException closed -> "it was closed";
            case FileSystemException other when other.getReason() != null -> other.getFile() + ": " + other.getReason();
            case IOException other when message != null && !message.isBlank() -> message;
            default -> cause.toString();
        };
    }

    /** The failure itself where it is a defect, to be the last argument of a line of the log, which shows its stack trace; else {@code null}. */
    public static Throwable defect(Throwable failure) {
        return unwrapped(failure) instanceof IOException ? null : failure;
    }

    /** Whether a disk is full or fails: of that its data directory tells once, and so need not each of ten thousand logs. */
    public static boolean isOfDisk(Throwable failure) {
        Throwable cause = unwrapped(failure);
        return cause instanceof DiskFullException || cause instanceof DiskWriteException;
    }

    private static Throwable unwrapped(Throwable failure) {
        Throwable cause = failure;
        while ((cause instanceof CompletionException || cause instanceof UncheckedIOException) && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }
}

package io.partita.examples.weblog;

/**
 * What was seen of one page.
 *
 * @param views requests for it
 * @param failures those answered with status 400 or above
 * @param bytes sent for it in all
 */
public record PageCount(String page, long views, long failures, long bytes) {

    static PageCount of(PageView view) {
        return new PageCount(view.page(), 1, view.failed() ? 1 : 0, view.bytes());
    }

    PageCount plus(PageCount other) {
        return new PageCount(page, views + other.views, failures + other.failures, bytes + other.bytes);
    }
}

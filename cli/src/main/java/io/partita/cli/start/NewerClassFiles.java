package io.partita.cli.start;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFile.StackMapsOption;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.MethodModel;
import java.lang.classfile.MethodTransform;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Enumeration;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;

/**
 * Writes a library of Java 5's class files as one of Java 8's. The JDK's cache of loaded classes (JEP 483) leaves out classes without stack maps, which came with Java 6,
 * and picocli's have none: each start would parse and verify them anew, which is two thirds of its time. Their code stays as it is.
 */
public final class NewerClassFiles {

    private NewerClassFiles() {}

    /** Arguments: the library, and the file to write. */
    public static void main(String[] arguments) throws IOException {
        rewrite(Path.of(arguments[0]), Path.of(arguments[1]));
    }

    static void rewrite(Path library, Path target) throws IOException {
        try (JarFile in = new JarFile(library.toFile()); OutputStream file = Files.newOutputStream(target); JarOutputStream out = new JarOutputStream(file)) {
            ClassFile format = ClassFile.of(StackMapsOption.GENERATE_STACK_MAPS, ClassFile.ClassHierarchyResolverOption.of(hierarchy(in)));
            for (Enumeration<JarEntry> entries = in.entries(); entries.hasMoreElements();) {
                JarEntry entry = entries.nextElement();
                // The manifest and the descriptor of a module are of no use beside the tool.
                if (entry.isDirectory() || entry.getName().startsWith("META-INF/")) {
                    continue;
                }
                byte[] content = read(in, entry);
                out.putNextEntry(new JarEntry(entry.getName()));
                out.write(entry.getName().endsWith(".class") ? newer(format, content) : content);
                out.closeEntry();
            }
        }
    }

    private static byte[] newer(ClassFile format, byte[] bytes) {
        ClassModel model = format.parse(bytes);
        if (model.majorVersion() >= ClassFile.JAVA_8_VERSION) {
            return bytes;
        }
        return format.transformClass(model, (builder, element) -> {
            switch (element) {
                case ClassFileVersion older -> builder.with(ClassFileVersion.of(ClassFile.JAVA_8_VERSION, 0));
                // Written anew, for what is only copied gets no stack maps.
                case MethodModel method -> builder.transformMethod(method, MethodTransform.transformingCode(CodeTransform.ACCEPT_ALL));
                default -> builder.with(element);
            }
        });
    }

    /** Classes of the library itself, then those of the JDK. */
    private static ClassHierarchyResolver hierarchy(JarFile library) {
        return ClassHierarchyResolver.ofResourceParsing(type -> {
            String descriptor = type.descriptorString();
            JarEntry entry = library.getJarEntry(descriptor.substring(1, descriptor.length() - 1) + ".class");
            try {
                return entry == null ? null : library.getInputStream(entry);
            } catch (IOException e) {
                return null;
            }
        }).orElse(ClassHierarchyResolver.defaultResolver()).cached();
    }

    private static byte[] read(JarFile jar, JarEntry entry) throws IOException {
        try (InputStream in = jar.getInputStream(entry)) {
            return in.readAllBytes();
        }
    }
}

using System.Reflection;
using System.Runtime.InteropServices;

namespace StreamDeploy.Connectors;

/// <summary>Finds the files of this assembly's native libraries. The one resolver, because .NET takes one for an assembly and throws at a second.</summary>
internal static class NativeLibraries
{
    /// <summary>The name under which <c>[LibraryImport]</c> asks for librdkafka.</summary>
    public const string LibRdKafka = "librdkafka";

    /// <summary>The name under which <c>[LibraryImport]</c> asks for libchdb.</summary>
    public const string Chdb = "chdb";

    private static nint _chdb;

    /// <summary>
    /// The files of the package librdkafka.redist, in the order in which Confluent.Kafka tries them (its <c>LoadLinuxDelegates</c>): both must use the same file, because
    /// a handle that one copy of the library made means nothing to another.
    /// </summary>
    /// <remarks>librdkafka.so of linux-x64 needs libsasl2.so.3, which Debian and Ubuntu do not have under that name; centos8-librdkafka.so needs glibc alone and has no Kerberos.</remarks>
    public static readonly string[] LibRdKafkaFiles = !OperatingSystem.IsLinux() ? ["librdkafka"]
        : IsAlpine() ? ["alpine-librdkafka"]
        : ["librdkafka", "centos8-librdkafka"];

    static NativeLibraries() => NativeLibrary.SetDllImportResolver(typeof(NativeLibraries).Assembly, Resolve);

    /// <summary>Has the resolver set. Call it before the first function of a native library.</summary>
    public static void UseResolver()
    {
        // Calling it runs the static constructor.
    }

    /// <summary>libchdb is loaded from a path that its user may choose, so its handle comes from there.</summary>
    public static void UseChdb(nint handle) => _chdb = handle;

    /// <summary>Zero leaves the search to .NET.</summary>
    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name == Chdb) return _chdb;
        if (name != LibRdKafka) return 0;
        foreach (var file in LibRdKafkaFiles)
        {
            if (NativeLibrary.TryLoad(file, assembly, path, out var handle)) return handle;
        }
        return 0;
    }

    private static bool IsAlpine()
    {
        try
        {
            return File.ReadLines("/etc/os-release").Any(line => line.Replace("\"", "", StringComparison.Ordinal).Trim().Equals("ID=alpine", StringComparison.OrdinalIgnoreCase));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}

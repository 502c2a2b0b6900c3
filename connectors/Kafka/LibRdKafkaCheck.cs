using System.Runtime.InteropServices;
using Confluent.Kafka;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>Whether librdkafka can be used: it is there, of the version that Confluent.Kafka was made for, and only once in this process.</summary>
internal static class LibRdKafkaCheck
{
    /// <summary>Confluent.Kafka has the version of the librdkafka that it was made for.</summary>
    private static readonly Version Expected = typeof(Library).Assembly.GetName().Version!;

    private static readonly Lazy<(string? Problem, Exception? Cause)> Result = new(Load);

    /// <summary>Loads librdkafka for Confluent.Kafka and for <see cref="LibRdKafka"/>. Costs nothing after the first call.</summary>
    /// <exception cref="NativeLibraryException">It cannot be used. The message says what to do.</exception>
    public static void ThrowUnlessUsable()
    {
        if (Result.Value.Problem is { } problem)
            throw new NativeLibraryException(problem, Result.Value.Cause);
    }

    /// <summary>One sentence, or null where nothing is wrong.</summary>
    /// <param name="theirs">The version of the library that Confluent.Kafka loaded, as <c>rd_kafka_version()</c> has it: a byte each for major, minor and revision, and a last one.</param>
    /// <param name="ours">The same of the library that <see cref="LibRdKafka"/> loaded.</param>
    /// <param name="expected">The version that is needed.</param>
    /// <param name="files">The files of librdkafka in this process.</param>
    public static string? Problem(int theirs, int ours, Version expected, IReadOnlyList<string> files)
    {
        if (files.Count > 1)
            return $"Two copies of librdkafka are loaded in this process, and one cannot use what the other made: {string.Join(" and ", files)}. "
                + "Keep the one beside the program, and remove the other from LD_PRELOAD and LD_LIBRARY_PATH.";
        var from = files.Count == 1 ? $" from {files[0]}" : "";
        foreach (var version in new[] { theirs, ours })
        {
            if (version >> 8 != (expected.Major << 16 | expected.Minor << 8 | expected.Build))
                return $"librdkafka {Text(version)} was loaded{from}, but this program needs librdkafka {expected.ToString(3)}: use the file that the package librdkafka.redist {expected.ToString(3)} has for this platform.";
        }
        return null;
    }

    private static (string? Problem, Exception? Cause) Load()
    {
        NativeLibraries.UseResolver();
        try
        {
            // Confluent.Kafka loads its file when it is first asked for something.
            return (Problem(Library.Version, LibRdKafka.Version(), Expected, LoadedFiles()), null);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException or EntryPointNotFoundException or TypeInitializationException)
        {
            return ($"librdkafka, the Kafka client in C, cannot be loaded on {RuntimeInformation.RuntimeIdentifier}: none of {string.Join(", ", NativeLibraries.LibRdKafkaFiles)} was found under "
                + $"{Path.Combine(AppContext.BaseDirectory, "runtimes")}, or a library that it depends on is missing. Copy the whole output folder of the build, with runtimes/; "
                + $"or install librdkafka {Expected.ToString(3)} for this platform.", e);
        }
    }

    /// <summary>Empty where the operating system does not say.</summary>
    private static string[] LoadedFiles()
    {
        const string maps = "/proc/self/maps";
        if (!File.Exists(maps)) return [];
        return [.. File.ReadLines(maps)
            .Where(line => line.Contains("librdkafka", StringComparison.Ordinal) && line.Contains('/', StringComparison.Ordinal))
            .Select(line => line[line.IndexOf('/', StringComparison.Ordinal)..])
            .Where(file => Path.GetFileName(file).Contains("librdkafka", StringComparison.Ordinal))
            .Distinct(StringComparer.Ordinal)];
    }

    private static string Text(int version) => $"{version >> 24 & 0xff}.{version >> 16 & 0xff}.{version >> 8 & 0xff}";
}

using System.Reflection;
using Confluent.Kafka;
using StreamDeploy.Connectors;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Tests.Cli;

namespace StreamDeploy.Tests.Kafka;

/// <summary>Which file of librdkafka is used, and what is said where it cannot be.</summary>
public sealed class LibRdKafkaTests
{
    // mov eax, VERSION; ret: all that rd_kafka_version() does on x64.
    private static readonly byte[] Version = [0xb8, .. BitConverter.GetBytes(Library.Version), 0xc3];
    private static readonly byte[] OtherVersion = [0xb8, .. BitConverter.GetBytes(0x020e00ff), 0xc3];

    [Fact]
    public void Confluent_Kafka_and_this_program_use_the_same_file()
    {
        LibRdKafkaCheck.ThrowUnlessUsable();
        var library = typeof(Library).Assembly.GetType("Confluent.Kafka.Impl.Librdkafka", throwOnError: true)!;
        var call = (Delegate)library.GetField("_version", BindingFlags.Static | BindingFlags.NonPublic)!.GetValue(null)!;
        var theirs = (string)call.Method.DeclaringType!.GetField("DllName", BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)!.GetValue(null)!;

        // The first of ours that can be loaded is the one that the resolver takes.
        var ours = NativeLibraries.LibRdKafkaFiles.First(file => System.Runtime.InteropServices.NativeLibrary.TryLoad(file, typeof(NativeLibraries).Assembly, null, out _));
        Assert.Equal(theirs, ours);
        if (OperatingSystem.IsLinux())
            Assert.Single(File.ReadLines("/proc/self/maps").Where(line => line.Contains("librdkafka.so", StringComparison.Ordinal)).Select(line => line[line.IndexOf('/', StringComparison.Ordinal)..]).Distinct());
        Assert.Equal(Library.Version, LibRdKafka.Version());
    }

    [Theory]
    [InlineData(0x021000ff, 0x021000ff, null)]
    [InlineData(0x021000ff, 0x020f01ff, "librdkafka 2.15.1 was loaded from /a, but this program needs librdkafka 2.16.0")]
    [InlineData(0x020f01ff, 0x021000ff, "librdkafka 2.15.1 was loaded from /a, but this program needs librdkafka 2.16.0")]
    public void Another_version_is_refused_whoever_loaded_it(int theirs, int ours, string? problem)
    {
        var found = LibRdKafkaCheck.Problem(theirs, ours, new Version(2, 16, 0, 0), ["/a"]);
        Assert.StartsWith(problem ?? "", found ?? "", StringComparison.Ordinal);
        Assert.Equal(problem is null, found is null);
    }

    [Fact]
    public async Task Without_any_file_one_sentence_says_what_to_install()
    {
        using var copy = new CopiedProgram();
        await IsRefusedAsync("librdkafka, the Kafka client in C, cannot be loaded on", copy);
    }

    [LinuxX64Fact]
    public async Task A_file_of_another_version_is_refused_by_name()
    {
        using var copy = new CopiedProgram();
        copy.AddNativeLibraries(file =>
        {
            var at = file.AsSpan().IndexOf(Version);
            if (at < 0) return file;
            OtherVersion.CopyTo(file, at);
            return file;
        });
        await IsRefusedAsync($"librdkafka 2.14.0 was loaded from {copy.NativeFolder}", copy);
    }

    [LinuxX64Fact]
    public async Task A_second_copy_in_the_process_is_refused_with_both_paths()
    {
        using var copy = new CopiedProgram();
        copy.AddNativeLibraries(file => file);
        using var other = new CopiedProgram();
        other.AddNativeLibraries(file => file);
        var second = Path.Combine(other.NativeFolder, "centos8-librdkafka.so");

        await IsRefusedAsync($"Two copies of librdkafka are loaded in this process, and one cannot use what the other made", copy, ("LD_PRELOAD", second));
    }

    private static async Task IsRefusedAsync(string message, CopiedProgram program, params (string Name, string Value)[] environment)
    {
        // A command that a service, a tool and the demo all stand for: it opens a client.
        var (code, output, error) = await CliProcess.RunCopyAsync(program.Assembly, ["topics", "check", "--bootstrap-servers", "127.0.0.1:1"], environment);

        Assert.Equal((1, ""), (code, output));
        Assert.StartsWith("streamdeploy: " + message, error, StringComparison.Ordinal);
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}

/// <summary>A test of files that are made for this platform, and of how its processes load them.</summary>
public sealed class LinuxX64FactAttribute : FactAttribute
{
    public LinuxX64FactAttribute()
    {
        if (System.Runtime.InteropServices.RuntimeInformation.RuntimeIdentifier != "linux-x64")
            Skip = "it changes files of linux-x64";
    }
}

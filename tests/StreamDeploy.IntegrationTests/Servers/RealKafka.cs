using System.ComponentModel;

namespace StreamDeploy.IntegrationTests.Servers;

/// <summary>A real Kafka cluster on loopback for the tests of a collection. Its brokers can be killed, hung and started again.</summary>
public sealed class RealKafka : IBroker
{
    public const string Variable = "STREAMDEPLOY_TEST_KAFKA";

    /// <summary>A group notices a dead member after seconds, not after the default of 45.</summary>
    internal static readonly string[] Quick =
    [
        "group.consumer.min.session.timeout.ms=3000", "group.consumer.session.timeout.ms=6000",
        "group.consumer.min.heartbeat.interval.ms=200", "group.consumer.heartbeat.interval.ms=500",
        "group.min.session.timeout.ms=1000",
    ];

    public RealKafka() : this(1)
    {
    }

    public RealKafka(int brokers, params string[] settings)
    {
        Port = ServerCommand.FreePorts(2 * brokers);
        var arguments = new List<string> { "start", Folder, "--brokers", $"{brokers}", "--port", $"{Port}" };
        foreach (var setting in Quick.Concat(settings))
            arguments.AddRange(["--set", setting]);
        try
        {
            BootstrapServers = ServerCommand.Run(ServerCommand.Of(Variable), arguments).Trim();
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception)
        {
            // One broker that does not start must not leave the others behind.
            DestroyWhatThereIs();
            throw;
        }
    }

    public string BootstrapServers { get; }

    /// <summary>Holds each broker's data, log and server.properties, in a folder with its number.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("streamdeploy-kafka-").FullName;

    /// <summary>Broker N listens here + 2 (N − 1), and its controller on the port after it.</summary>
    public int Port { get; }

    /// <summary>Kafka's own tools stand beside the command that starts it.</summary>
    public static string Tool => Path.Combine(Path.GetDirectoryName(ServerCommand.Of(Variable))!, "kafka-tool");

    public void Kill(int broker) => Do("kill", broker);

    public void Up(int broker) => Do("up", broker);

    /// <summary>SIGTERM: it hands its partitions over first.</summary>
    public void Stop(int broker) => Do("stop", broker);

    /// <summary>Starts whichever brokers are down, with the settings that their files have now.</summary>
    public void UpAll() => ServerCommand.Run(ServerCommand.Of(Variable), "start", Folder);

    public void Pause(int broker) => Do("pause", broker);

    public void Resume(int broker) => Do("resume", broker);

    public void Dispose() => ServerCommand.Run(ServerCommand.Of(Variable), "destroy", Folder);

    private void DestroyWhatThereIs()
    {
        try
        {
            Dispose();
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception)
        {
            Directory.Delete(Folder, recursive: true);
        }
    }

    private void Do(string verb, int broker) => ServerCommand.Run(ServerCommand.Of(Variable), verb, Folder, $"{broker}");
}

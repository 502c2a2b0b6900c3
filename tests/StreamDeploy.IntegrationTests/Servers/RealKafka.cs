namespace StreamDeploy.IntegrationTests.Servers;

/// <summary>A real Kafka cluster on loopback for the tests of a collection. Its brokers can be killed, hung and started again.</summary>
public sealed class RealKafka : IDisposable
{
    public const string Variable = "STREAMDEPLOY_TEST_KAFKA";

    // A group notices a dead member after seconds, not after the default of 45.
    private static readonly string[] Quick =
    [
        "group.consumer.min.session.timeout.ms=3000", "group.consumer.session.timeout.ms=6000",
        "group.consumer.min.heartbeat.interval.ms=200", "group.consumer.heartbeat.interval.ms=500",
        "group.min.session.timeout.ms=1000",
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("streamdeploy-kafka-").FullName;

    public RealKafka() : this(1)
    {
    }

    public RealKafka(int brokers, params string[] settings)
    {
        var arguments = new List<string> { "start", _folder, "--brokers", $"{brokers}", "--port", $"{ServerCommand.FreePorts(2 * brokers)}" };
        foreach (var setting in Quick.Concat(settings))
            arguments.AddRange(["--set", setting]);
        BootstrapServers = ServerCommand.Run(ServerCommand.Of(Variable), arguments).Trim();
    }

    public string BootstrapServers { get; }

    /// <summary>Kafka's own tools stand beside the command that starts it.</summary>
    public static string Tool => Path.Combine(Path.GetDirectoryName(ServerCommand.Of(Variable))!, "kafka-tool");

    public void Kill(int broker) => Do("kill", broker);

    public void Up(int broker) => Do("up", broker);

    public void Pause(int broker) => Do("pause", broker);

    public void Resume(int broker) => Do("resume", broker);

    public void Dispose() => ServerCommand.Run(ServerCommand.Of(Variable), "destroy", _folder);

    private void Do(string verb, int broker) => ServerCommand.Run(ServerCommand.Of(Variable), verb, _folder, $"{broker}");
}

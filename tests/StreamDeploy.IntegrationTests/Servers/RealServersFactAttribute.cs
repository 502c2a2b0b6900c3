using StreamDeploy.Connectors.Embedded;
using Xunit.Sdk;

namespace StreamDeploy.IntegrationTests.Servers;

/// <summary>
/// A test that needs real servers: skipped where they are missing, except in CI, where it fails. Without arguments it takes any broker, from the command or
/// in a container. The arguments are the commands that no container replaces.
/// </summary>
[TraitDiscoverer("StreamDeploy.IntegrationTests.Servers." + nameof(BrokerTrait), "StreamDeploy.IntegrationTests")]
[AttributeUsage(AttributeTargets.Method)]
public sealed class RealServersFactAttribute : FactAttribute, ITraitAttribute
{
    public RealServersFactAttribute(params string[] variables)
    {
        if (!InCi)
            Skip = variables.Length > 0 ? WhyWithout(variables) : WhyWithoutBroker();
    }

    /// <summary>It runs the embedded ClickHouse too.</summary>
    public bool WithClickHouse
    {
        get;
        set
        {
            field = value;
            if (value && !InCi && !EmbeddedClickHouse.IsInstalled)
                Skip ??= "needs the embedded ClickHouse, which ./streamdeploy setup fetches";
        }
    }

    private static bool InCi => Environment.GetEnvironmentVariable("CI") == "true";

    private static string? WhyWithout(string[] variables)
    {
        var absent = variables.Where(v => !ServerCommand.IsSet(v)).ToList();
        return absent.Count > 0
            ? $"set {string.Join(" and ", absent)}: this test uses the command itself, for example to kill or hang a broker, "
                + "and a container does not replace that (docs/testing.md)"
            : null;
    }

    private static string? WhyWithoutBroker() => ServerCommand.IsSet(RealKafka.Variable) || DockerEngine.Answers
        ? null
        : $"needs a Kafka broker: start a Docker engine, or set {RealKafka.Variable} to a command that starts brokers (docs/testing.md)";
}

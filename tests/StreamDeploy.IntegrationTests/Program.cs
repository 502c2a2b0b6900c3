using System.CommandLine;
using System.CommandLine.Invocation;
using StreamDeploy.IntegrationTests.Chaos;
using StreamDeploy.IntegrationTests.Kafka;

namespace StreamDeploy.IntegrationTests;

/// <summary>What these tests can do beside being tested. The test runner loads the assembly and does not come here.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        var parsed = new RootCommand("Long runs on real servers.") { ChaosCommand.Create(), DyingWorkerCommand.Create() }.Parse(args);
        if (parsed.Action is ParseErrorAction mistake && args.Length > 0)
            mistake.ShowHelp = false;
        // What was started must be ended again, and brokers take their time.
        var code = await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(30) });
        return parsed.Errors.Count > 0 ? ChaosCommand.Usage : code;
    }
}

using StreamDeploy.IntegrationTests.Servers;
using Xunit.Abstractions;

namespace StreamDeploy.IntegrationTests.Chaos;

[Collection(RealServers.Collection)]
public sealed class ChaosTests(ITestOutputHelper output)
{
    /// <summary>A short one of what <c>./streamdeploy chaos</c> does for as long as one likes.</summary>
    [RealServersFact(RealKafka.Variable, Wire.Variable)]
    public async Task Every_alert_has_its_answers_once_whatever_breaks()
    {
        var settings = new ChaosSettings
        {
            Seed = 4711,
            Faults = 4,
            Kinds = [FaultKind.KillWorker, FaultKind.HangWorker, FaultKind.HangBroker, FaultKind.CutAllWires],
            Accounts = 200,
            RecordsPerSecond = 200,
            Backlog = 3_000,
        };
        var report = await ChaosSession.RunAsync(settings, output.WriteLine, CancellationToken.None);
        Assert.True(report.IsEqual, report.Table(settings.Seed));
        Assert.True(report.Alerts > 500, "the log has alerts");
    }
}

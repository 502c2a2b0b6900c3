using System.Text.Json;
using StreamDeploy.Schemas;
using StreamDeploy.Tests.Kafka;

namespace StreamDeploy.Tests.Cli;

/// <summary>What a claim would hide, asked in a shell, from topics that are there.</summary>
public sealed class ClaimTests(ClaimTests.Yesterday yesterday) : IClassFixture<ClaimTests.Yesterday>
{
    /// <summary>Three pipelines, two alerts of team 7 and one of team 8. Team 8 has claimed pipeline 3.</summary>
    public sealed class Yesterday : IAsyncLifetime
    {
        private EmbeddedWorld? _world;

        internal EmbeddedWorld World => _world!;

        public async Task InitializeAsync()
        {
            _world = await EmbeddedWorld.StartAsync();
            var (producer, start) = (_world.Producer, _world.Start);
            await producer.PutAsync(new Account { AccountId = "acme", ValidFromMs = 0 }, CancellationToken.None);
            await producer.PutAsync(new Account { AccountId = "other", ValidFromMs = 0 }, CancellationToken.None);
            foreach (var (id, name) in new[] { (7, "Payments"), (8, "Search"), (9, "Twins"), (10, "Twins") })
                await producer.PutAsync(new Team { AccountId = "acme", Id = id, Name = name }, CancellationToken.None);
            foreach (var pipeline in new[] { Some.Pipeline(1) with { Name = "checkout, on GitHub" }, Some.Pipeline(2), Some.Pipeline(3, "acme", 8) })
                await producer.PutAsync(pipeline with { ValidFromMs = 0 }, CancellationToken.None);
            await producer.PutAsync(new AlertSource { AccountId = "acme", Id = 5, TeamIds = [7, 11], ValidFromMs = 0 }, CancellationToken.None);
            await _world.Send(
                Some.Deployment("far", start - 3 * Some.Hour, 2), Some.Deployment("ours", start, 1), Some.Deployment("theirs", start + 30 * Some.Minute, 2),
                Some.Deployment("theirs too", start + 5 * Some.Hour, 2));
            await _world.Send(
                Some.Alert("a1", start + 31 * Some.Minute) with { AlertSourceId = 5 }, Some.Alert("a3", start + 31 * Some.Minute) with { TeamIds = [8] },
                Some.Alert("a2", start + 5 * Some.Hour + Some.Minute) with { TeamIds = [7] });
        }

        public async Task DisposeAsync() => await _world!.DisposeAsync();
    }

    private Task<(int ExitCode, string Output, string Error)> ClaimAsync(params string[] args)
    {
        var kafka = yesterday.World.Settings;
        return CliProcess.RunAsync(
            ["claim", "--dry-run", "--bootstrap-servers", kafka.BootstrapServers, "--registry", kafka.Registry.Url, "--topic-prefix", kafka.TopicPrefix, .. args]);
    }

    [Fact]
    public async Task A_claim_that_is_not_made_is_told_in_words_and_tables()
    {
        var (code, output, error) = await ClaimAsync("--account", "acme", "--team", "payments", "--pipeline", "checkout, on github", "--since", "1d");

        Assert.Equal((0, ""), (code, error));
        var lines = output.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries).Select(line => line.Trim()).ToArray();
        Assert.StartsWith("Alerts of team Payments (7) in account acme since ", lines[0], StringComparison.Ordinal);
        var first = Assert.Single(lines, line => line.Contains("alert a1", StringComparison.Ordinal));
        Assert.All(["deploy theirs", "pipeline 2 (2)", "deploy ours, "], text => Assert.Contains(text, first, StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("alert a2", StringComparison.Ordinal) && line.EndsWith("nothing", StringComparison.Ordinal));
        Assert.Equal(
            "Claiming checkout, on GitHub (1) would hide from team Payments (7): 2 deployments of 1 pipeline, near 2 of 2 alerts; 2 of 2 alerts would lose their first suspect.",
            lines[^1]);
    }

    [Fact]
    public async Task As_JSON_it_is_one_object()
    {
        var (code, output, error) = await ClaimAsync("--account", "acme", "--team", "7", "--pipeline", "1", "--pipeline", "1", "--json");

        Assert.Equal((0, ""), (code, error));
        Assert.Single(output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        var claim = JsonElement.Parse(output);
        Assert.Equal(("SUPPOSED", 2, 2), (claim.GetProperty("claim").GetString(), claim.GetProperty("alerts").GetInt32(), claim.GetProperty("changed").GetInt32()));
        Assert.Equal(1, Assert.Single(claim.GetProperty("pipelines").EnumerateArray()).GetProperty("id").GetInt64());
        var first = claim.GetProperty("lost")[0];
        Assert.Equal(("a1", "theirs", "ours"), (first.GetProperty("alertId").GetString(), first.GetProperty("suspect").GetProperty("deploymentId").GetString(),
            first.GetProperty("instead").GetProperty("deploymentId").GetString()));
        Assert.Equal(JsonValueKind.Null, claim.GetProperty("lost")[1].GetProperty("instead").ValueKind);
        var hidden = Assert.Single(claim.GetProperty("hidden").EnumerateArray());
        Assert.Equal((2, 2, 2, 2), (hidden.GetProperty("pipelineId").GetInt32(), hidden.GetProperty("deployments").GetInt32(), hidden.GetProperty("alertsSuspected").GetInt32(),
            hidden.GetProperty("alertsLed").GetInt32()));
    }

    [Fact]
    public async Task Without_pipelines_it_is_the_present_claim()
    {
        var (code, output, _) = await ClaimAsync("--account", "acme", "--team", "Search");

        Assert.Equal(0, code);
        Assert.EndsWith(
            "The claim of pipeline 3 (3) hides from team Search (8): 2 deployments of 2 pipelines, near 1 of 1 alert; 1 of 1 alert loses its first suspect." + Environment.NewLine,
            output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_team_that_claims_nothing_is_told_so()
    {
        var (code, output, _) = await ClaimAsync("--account", "acme", "--team", "7");

        Assert.Equal(0, code);
        Assert.EndsWith(
            "Team Payments (7) claims no pipeline now. The claims it had since then hide nothing from team Payments (7) in 2 alerts." + Environment.NewLine,
            output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("10", "1d")]
    [InlineData("7", "1h")]
    public async Task No_alerts_are_no_mistake(string team, string since)
    {
        var (code, output, _) = await ClaimAsync("--account", "acme", "--pipeline", "2", "--team", team, "--since", since);

        Assert.Equal(0, code);
        Assert.StartsWith("No alert of team ", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--account nope: there is no such account. There are: acme, other.", "nope", "7", "1")]
    [InlineData("--team Nobody: account acme has no such team. There are: Payments (7), Search (8), Twins (9), Twins (10), 11.", "acme", "Nobody", "1")]
    [InlineData("--team twins: account acme has several of that name, give the id: Twins (9), Twins (10).", "acme", "twins", "1")]
    [InlineData("--team 7: account other has no team at all.", "other", "7", "1")]
    [InlineData("--pipeline 4: account acme has no such deployment pipeline. There are: checkout, on GitHub (1), pipeline 2 (2), pipeline 3 (3).", "acme", "7", "4")]
    public async Task What_is_not_there_is_named_with_what_is(string message, string account, string team, string pipeline)
    {
        var (code, output, error) = await ClaimAsync("--account", account, "--team", team, "--pipeline", pipeline);

        Assert.Equal((2, "", $"streamdeploy: {message}{Environment.NewLine}"), (code, output, error));
    }

    [Fact]
    public async Task Nothing_is_claimed_here()
    {
        var (code, output, error) = await CliProcess.RunAsync(["claim", "--account", "acme", "--team", "7"]);

        Assert.Equal((2, ""), (code, output));
        Assert.StartsWith("streamdeploy: --dry-run is the only mode: claims are made over the management API", error, StringComparison.Ordinal);
    }
}

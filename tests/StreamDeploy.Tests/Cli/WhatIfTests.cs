using System.Globalization;
using System.Text.Json;
using StreamDeploy.Connectors.ClickHouse;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Schemas;
using StreamDeploy.Tests.ClickHouse;
using StreamDeploy.Tests.Kafka;

namespace StreamDeploy.Tests.Cli;

/// <summary>What other settings would have changed, asked in a shell, beside the answers of a worker that ran.</summary>
[Collection(EmbeddedClickHouseTests.Name)]
public sealed class WhatIfTests(WhatIfTests.Answered answered) : IClassFixture<WhatIfTests.Answered>
{
    /// <summary>Six hours of two accounts that a worker has answered, in the topics and, where there is an engine, in ClickHouse.</summary>
    public sealed class Answered : IAsyncLifetime
    {
        private const int Alerts = 40;

        private readonly EmbeddedClickHouseFixture _clickHouse = new();
        private EmbeddedWorld? _world;

        internal EmbeddedWorld World => _world!;

        internal ClickHouseSettings? ClickHouse { get; private set; }

        public string From => Iso(World.Start);

        public static string Iso(long ms) => DateTimeOffset.FromUnixTimeMilliseconds(ms).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

        public async Task InitializeAsync()
        {
            _world = await EmbeddedWorld.StartAsync();
            await SendTablesAsync(_world.Producer);
            // Before the worker starts, so that nothing depends on how fast it is.
            await SendEventsAsync();
            using var answers = _world.Answers();
            await using (_world.Run())
            {
                answers.ReadUntil(all => all.Where(answer => answer.Settled && answer.AccountId != "clock").DistinctBy(KeyOf).Count() == Alerts + 2, "a settled answer to every alert");
            }
            await _clickHouse.InitializeAsync();
            if (ClickHouseFactAttribute.IsThere) await CopyAsync();
        }

        public async Task DisposeAsync()
        {
            await _clickHouse.DisposeAsync();
            await _world!.DisposeAsync();
        }

        private static (string, string, long) KeyOf(Enrichment answer) => (answer.AccountId, answer.AlertId, answer.AlertOccurredAtMs);

        private static async Task SendTablesAsync(EventProducer producer)
        {
            await producer.PutAsync(new Account { AccountId = "acme", BeforeMs = 3 * Some.Hour, ValidFromMs = 0 }, CancellationToken.None);
            await producer.PutAsync(new Account { AccountId = "other", ValidFromMs = 0 }, CancellationToken.None);
            DeploymentPipeline[] pipelines = [Some.Pipeline(1, "acme", 7), Some.Pipeline(2), Some.Pipeline(3) with { Name = "campaigns", BeforeMs = 12 * Some.Hour }, Some.Pipeline(1, "other")];
            foreach (var pipeline in pipelines) await producer.PutAsync(pipeline with { ValidFromMs = 0 }, CancellationToken.None);
            await producer.PutAsync(new AlertSource { AccountId = "acme", Id = 5, TeamIds = [7], ValidFromMs = 0 }, CancellationToken.None);
        }

        private async Task SendEventsAsync()
        {
            var random = new Random(7);
            long At() => World.Start + random.Next(6 * 60) * Some.Minute;
            string Account() => random.Next(3) == 0 ? "other" : "acme";
            var deployments = Enumerable.Range(0, 90).Select(i => Some.Deployment("d" + i, At(), accountId: Account()) is var d && d.AccountId == "acme" ? d with { PipelineId = 1 + random.Next(3) } : d)
                .Select(d => random.Next(4) switch { 0 => d with { Service = "shop", Status = DeploymentStatus.FAILED }, 1 => d with { Kind = DeploymentKind.PUSH, Repository = "acme/shop", Commit = "c" + random.Next(5) }, _ => d })
                .OrderBy(d => d.OccurredAtMs).ToList();
            var alerts = Enumerable.Range(0, Alerts).Select(i => Some.Alert("a" + i, At(), Account()) with { AlertSourceId = random.Next(2) == 0 ? 5 : null, Service = random.Next(2) == 0 ? "shop" : null }).ToList();
            // Two are raised again, and one of these is resolved.
            alerts.AddRange([alerts[0] with { EventId = "again", OccurredAtMs = alerts[0].OccurredAtMs + Some.Hour, UpdatedAtMs = alerts[0].OccurredAtMs + Some.Hour },
                alerts[1] with { EventId = "again", OccurredAtMs = alerts[1].OccurredAtMs + Some.Hour, UpdatedAtMs = alerts[1].OccurredAtMs + Some.Hour }]);
            // Side by side: the replay takes what arrived together by event time, as the worker will.
            await Task.WhenAll(World.Send(deployments), World.Send([.. alerts.OrderBy(a => a.UpdatedAtMs), .. alerts.Take(1).Select(a => a with { EventId = "resolved", UpdatedAtMs = a.OccurredAtMs + 30 * Some.Minute, Status = AlertStatus.RESOLVED })]));
            // One of a time that cannot be, one that a producer wrote to a wrong partition, and what moves the clock of every pair until all has settled.
            await World.Send(Some.Deployment("impossible", World.Start + 1000 * Some.Hour));
            var topic = World.Settings.Topics.Deployments;
            await World.SendRaw(topic, (EmbeddedWorld.PartitionOf("acme") + 1) % 4, await World.Encode(topic, Some.Deployment("astray", World.Start + 3 * Some.Hour, 1)));
            await World.Send(((string[])["acme", "other"]).Select(account => Some.Deployment("end", World.Start + 11 * Some.Hour, accountId: account)));
        }

        private async Task CopyAsync()
        {
            ClickHouse = new ClickHouseSettings { Url = _clickHouse.Url.ToString(), Database = "w" + Guid.NewGuid().ToString("N") };
            using var http = new ClickHouseHttp(ClickHouse);
            await new SchemaSetup(ClickHouse, http).RunAsync(dryRun: false, CancellationToken.None);
            var settings = new SinkSettings
            {
                Kafka = World.Settings with { GroupId = "history" },
                ClickHouse = ClickHouse,
                AssignAll = true,
                BatchAgeMax = TimeSpan.FromMilliseconds(100),
            };
            using var enrichments = World.Tail(World.Settings.Topics.Enrichments);
            var answers = enrichments.Read(1).Count;
            await using var sink = SinkWorld.Run(settings).Start();
            await sink.UntilAsync(async () => await http.QueryAsync("SELECT (SELECT count() FROM deployment_events), (SELECT count() FROM alert_events)", CancellationToken.None) == "95\t43\n", "all events");
            await sink.UntilAsync(async () => long.Parse(await http.QueryAsync("SELECT uniqExact(account_id, alert_id, alert_occurred_at) FROM enrichment_revisions WHERE settled", CancellationToken.None), CultureInfo.InvariantCulture) >= Alerts + 2, $"the answers, {answers} and more");
        }
    }

    private Task<(int ExitCode, string Output, string Error)> ReplayAsync(params string[] args) => ReplayAsync(answered.World, args);

    private static Task<(int ExitCode, string Output, string Error)> ReplayAsync(EmbeddedWorld world, params string[] args) => CliProcess.RunAsync(
        ["replay", "--bootstrap-servers", world.Settings.BootstrapServers, "--registry", world.Settings.Registry.Url, "--topic-prefix", world.Settings.TopicPrefix, .. args]);

    private Task<(int ExitCode, string Output, string Error)> ReplayClickHouseAsync(params string[] args) =>
        ReplayAsync([.. args, "--source", "clickhouse", "--clickhouse", answered.ClickHouse!.Url, "--clickhouse-database", answered.ClickHouse.Database]);

    private static List<JsonElement> Lines(string output) => [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line))];

    [Fact]
    public async Task The_records_give_the_answers_of_the_worker_again()
    {
        var (code, output, error) = await ReplayAsync("--from", answered.From, "--json");

        Assert.Equal((0, ""), (code, error));
        var counts = Assert.Single(Lines(output));
        Assert.Equal((42, 42, 0), (counts.GetProperty("alerts").GetInt32(), counts.GetProperty("recorded").GetInt32(), counts.GetProperty("changed").GetInt32()));
        Assert.Equal("The records give every recorded answer again, of 42 alerts.", counts.GetProperty("sentence").GetString());
    }

    [Fact]
    public async Task What_production_called_late_is_late_again()
    {
        await using var world = await EmbeddedWorld.StartAsync();
        var (topics, start, partition) = (world.Settings.Topics, world.Start, EmbeddedWorld.PartitionOf("acme"));
        using var answers = world.Answers();
        using var letters = world.Tail(topics.DeadLetters);
        await using var worker = world.Run();
        await Arrive(topics.Alerts, Some.Alert("a1", start), start);
        answers.ReadFirst("a1");
        await Arrive(topics.Alerts, Some.Alert("clock", start + 2 * Some.Hour), start + 2 * Some.Hour);
        answers.ReadFirst("clock");
        await Arrive(topics.Deployments, Some.Deployment("late", start - Some.Minute), start + 2 * Some.Hour + Some.Minute);
        letters.Read(1);
        await Arrive(topics.Deployments, Some.Deployment("end", start + 8 * Some.Hour), start + 8 * Some.Hour);
        Assert.Equal(Outcome.NO_SUSPECT, answers.ReadSettled("a1").Outcome);

        var (code, output, _) = await ReplayAsync(world, "--from", Answered.Iso(start));
        Assert.True(code == 0, output);
        // An hour more of grace, and it would have been a suspect.
        var (_, supposed, _) = await ReplayAsync(world, "--from", Answered.Iso(start), "--set", "grace=3h");
        Assert.EndsWith("With grace=3h, 1 of 2 alerts would be answered otherwise: 0 suspects lost, 1 gained." + Environment.NewLine, supposed, StringComparison.Ordinal);

        async Task Arrive<T>(string topic, T record, long atMs) => await world.SendRaw(topic, partition, await world.Encode(topic, record), atMs: atMs);
    }

    [Fact]
    public async Task Under_other_settings_than_the_workers_they_do_not()
    {
        var (code, output, _) = await ReplayAsync("--from", answered.From, "--prior", "0.05");

        Assert.Equal(4, code);
        Assert.Contains("a probability moved by more than 5 points", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_shorter_window_is_told_in_words()
    {
        var (code, output, error) = await ReplayAsync("--from", answered.From, "--set", "before=30m", "--limit", "3");

        Assert.Equal((0, ""), (code, error));
        Assert.StartsWith($"What if before=30m? The alerts raised from {answered.From[..10]}", output, StringComparison.Ordinal);
        Assert.Contains("before replaces windows of their own, too: account acme (3 h), pipeline campaigns (3) (12 h)", output, StringComparison.Ordinal);
        Assert.Equal(3, output.Split("── ").Length - 1);
        Assert.Contains("more: --limit lists more, --json all of them", output, StringComparison.Ordinal);
        Assert.Contains("0  of these differ already without the change" + Environment.NewLine, output, StringComparison.Ordinal);
        Assert.Matches(@"With before=30m, \d+ of 42 alerts would be answered otherwise: \d+ suspects lost, 0 gained\.\r?\n$", output);
    }

    [Fact]
    public async Task Every_suspect_that_a_shorter_window_loses_ended_before_it()
    {
        var (_, output, _) = await ReplayAsync("--from", answered.From, "--set", "before=30m", "--json");

        var lines = Lines(output);
        var counts = lines[^1];
        var lost = lines.SkipLast(1).SelectMany(line => line.GetProperty("lost").EnumerateArray()).ToList();
        Assert.Equal(counts.GetProperty("suspectsLost").GetInt32(), lost.Count);
        Assert.Equal(counts.GetProperty("changed").GetInt32(), lines.SkipLast(1).Count(line => line.GetProperty("change").GetString() != "NONE"));
        // Of the account and the pipeline with windows of their own, too.
        Assert.Contains(lost, suspect => suspect.GetProperty("pipelineId").GetInt64() == 3 && suspect.GetProperty("lagMs").GetInt64() > 3 * Some.Hour);
        Assert.Contains(lost, suspect => suspect.GetProperty("pipelineId").GetInt64() == 2);
        Assert.All(lost, suspect => Assert.InRange(suspect.GetProperty("lagMs").GetInt64(), 30 * Some.Minute + 1, long.MaxValue));
        Assert.Equal(counts.GetProperty("changed").GetInt32(), counts.GetProperty("differFromRecorded").GetInt32());
    }

    [Fact]
    public async Task A_setting_that_touches_nothing_changes_nothing()
    {
        var (code, output, _) = await ReplayAsync("--from", answered.From, "--set", "before-max=20h", "--set", "grace=2h", "--json");

        Assert.Equal(0, code);
        Assert.Equal(0, Assert.Single(Lines(output)).GetProperty("changed").GetInt32());
    }

    [Fact]
    public async Task One_account_one_hour_and_one_pipeline_can_be_asked_about()
    {
        var to = Answered.Iso(answered.World.Start + 3 * Some.Hour);
        var (code, output, error) = await ReplayAsync("--from", answered.From, "--to", to, "--account", "acme", "--set", "pipeline.3.before=10m", "--set", "pipeline.2.shared=true", "--json");

        Assert.Equal((0, ""), (code, error));
        var lines = Lines(output);
        Assert.All(lines, line => Assert.Equal("acme", line.GetProperty("accountId").GetString()));
        Assert.InRange(lines[^1].GetProperty("alerts").GetInt32(), 5, 25);
        Assert.InRange(lines[^1].GetProperty("suspectsLost").GetInt32(), 1, int.MaxValue);
        Assert.All(lines.SkipLast(1).SelectMany(line => line.GetProperty("gained").EnumerateArray()), suspect => Assert.Equal(2, suspect.GetProperty("pipelineId").GetInt32()));
        Assert.All(lines.SkipLast(1).SelectMany(line => line.GetProperty("lost").EnumerateArray()), suspect => Assert.Equal(3, suspect.GetProperty("pipelineId").GetInt32()));
    }

    [Fact]
    public async Task An_account_without_alerts_is_told_so_and_which_the_tables_know()
    {
        var (code, output, error) = await ReplayAsync("--from", answered.From, "--account", "nobody", "--set", "before=1h");

        Assert.Equal(0, code);
        Assert.EndsWith($"There is nothing to compare: no alerts of account nobody raised from {WhenFrom} on, from the topics.{Environment.NewLine}", output, StringComparison.Ordinal);
        Assert.Equal("streamdeploy: the tables do not know account nobody; they know acme, other." + Environment.NewLine, error);
    }

    private string WhenFrom => answered.From[..16].Replace('T', ' ') + "Z";

    [ClickHouseFact]
    public async Task ClickHouse_tells_the_same_as_the_topics()
    {
        string[] question = ["--from", answered.From, "--set", "before=40m", "--set", "other-service-factor=0.01", "--json"];
        var fromTopics = await ReplayAsync(question);
        var fromClickHouse = await ReplayClickHouseAsync(question);

        Assert.Equal((0, "", fromTopics.Output), (fromClickHouse.ExitCode, fromClickHouse.Error, fromClickHouse.Output));
        Assert.InRange(Lines(fromTopics.Output).Count, 10, int.MaxValue);
    }

    [ClickHouseFact]
    public async Task With_a_catalog_file_ClickHouse_needs_no_Kafka()
    {
        var catalog = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(catalog, """
                accounts:
                  - accountId: acme
                    before: 3h
                """);
            var (code, output, error) = await CliProcess.RunAsync(["replay", "--from", answered.From, "--set", "before=3h", "--account", "acme", "--source", "clickhouse", "--json",
                "--clickhouse", answered.ClickHouse!.Url, "--clickhouse-database", answered.ClickHouse.Database, "--catalog", catalog, "--bootstrap-servers", "localhost:1"]);

            Assert.Equal((0, ""), (code, error));
            // Without its claims the account's answers differ from the recorded ones, whatever the setting.
            var counts = Lines(output)[^1];
            Assert.Equal(0, counts.GetProperty("changed").GetInt32());
            Assert.Equal(counts.GetProperty("differFromRecorded").GetInt32(), counts.GetProperty("differAnyhow").GetInt32());
            Assert.InRange(counts.GetProperty("drifted").GetInt32(), 1, 42);
        }
        finally
        {
            File.Delete(catalog);
        }
    }

    [Theory]
    [InlineData("--set foo: there is no such setting of the answer. There are: before, after, settle, ", "--set", "foo=1")]
    [InlineData("--set before is \"soon\", but must be a duration such as ", "--set", "before=soon")]
    [InlineData("--settle (60000 ms) is shorter than after (600000 ms)", "--set", "settle=1m")]
    [InlineData("--set before: give NAME=VALUE", "--set", "before")]
    [InlineData("--set pipeline.x.before: of a pipeline there are: ", "--set", "pipeline.x.before=1h")]
    [InlineData("--set pipeline.3.before is \"0m\", but must be a duration", "--set", "pipeline.3.before=0m")]
    [InlineData("--set pipeline.3: say whose with --account", "--set", "pipeline.3.before=1h")]
    [InlineData("--set pipeline.9: account acme has no such deployment pipeline. There are: pipeline 1 (1), pipeline 2 (2), campaigns (3).", "--set", "pipeline.9.shared=true", "--account", "acme")]
    [InlineData("--from is \"yesterday\", but must be a time such as ", "--from", "yesterday")]
    [InlineData("is after --to (", "--from", "1h", "--to", "2h")]
    [InlineData("--source is \"tape\", but must be topics or clickhouse.", "--from", "1h", "--source", "tape")]
    [InlineData("--catalog is for --source clickhouse", "--from", "1h", "--catalog", "x.yaml")]
    [InlineData("--limit must be between 0 and 1000.", "--from", "1h", "--limit", "-1")]
    [InlineData("--set is about what was recorded: leave out -.", "-", "--set", "before=1h")]
    [InlineData("give a FILE of records, or --set NAME=VALUE")]
    public async Task What_is_wrong_is_named(string message, params string[] args)
    {
        var (code, output, error) = await ReplayAsync(args);

        Assert.Equal((2, ""), (code, output));
        Assert.StartsWith("streamdeploy: ", error, StringComparison.Ordinal);
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}

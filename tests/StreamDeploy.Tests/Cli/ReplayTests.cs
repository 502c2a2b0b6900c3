using System.Text.Json;

namespace StreamDeploy.Tests.Cli;

public sealed class ReplayTests
{
    private const string WorkedExample = """
        {"deployment":{"accountId":"acme","eventId":"e2","deploymentId":"D2","pipelineId":1,"source":"api","kind":"DEPLOYMENT","status":"SUCCEEDED","summary":"two","occurredAt":"2026-01-01T11:00:00Z"}}
        {"deployment":{"accountId":"acme","eventId":"e1","deploymentId":"D1","pipelineId":1,"source":"api","kind":"DEPLOYMENT","status":"SUCCEEDED","summary":"one","occurredAt":1767268620000}}
        {"alert":{"accountId":"acme","eventId":"x","alertId":"A","status":"OPEN","priority":"HIGH","summary":"boom","occurredAt":"2026-01-01T12:00:00Z","updatedAt":"2026-01-01T13:00:00+01:00"}}
        """;

    [Fact]
    public async Task The_worked_example_comes_out_with_a_first_answer_and_a_settled_one()
    {
        var (code, output, error) = await CliProcess.RunAsync(["replay", "-"], WorkedExample);

        Assert.Equal((0, ""), (code, error));
        var answers = Answers(output);
        Assert.Equal([false, true], answers.Select(a => a.GetProperty("settled").GetBoolean()));
        var suspects = answers[1].GetProperty("suspects");
        Assert.Equal("D1", suspects[0].GetProperty("deploymentId").GetString());
        Assert.Equal(0.707, suspects[0].GetProperty("probability").GetDouble(), 0.0005);
        Assert.Equal(0.041, suspects[1].GetProperty("probability").GetDouble(), 0.0005);
        Assert.Equal(0.253, answers[1].GetProperty("probabilityNone").GetDouble(), 0.0005);
        Assert.Equal(1_767_268_800_000, answers[1].GetProperty("alertOccurredAt").GetInt64());
    }

    [Fact]
    public async Task Last_prints_one_answer_for_each_raising()
    {
        var again = """{"alert":{"accountId":"acme","eventId":"y","alertId":"A","status":"OPEN","occurredAt":"2026-01-01T12:30:00Z","updatedAt":"2026-01-01T12:30:00Z"}}""";
        var (code, output, _) = await CliProcess.RunAsync(["replay", "-", "--last"], WorkedExample + "\n" + again);

        Assert.Equal(0, code);
        Assert.Equal([true, true], Answers(output).Select(a => a.GetProperty("settled").GetBoolean()));
    }

    [Fact]
    public async Task Tables_hold_wherever_they_stand_in_the_file_and_may_be_deleted_as_of_a_time()
    {
        var tables = """
            {"pipeline":{"accountId":"acme","id":1,"name":"shop","teamIds":[7]}}
            {"alertSource":{"accountId":"acme","id":5,"teamIds":[7]}}
            {"pipeline":{"accountId":"acme","id":1,"deleted":true},"at":1767268740000}
            {"alert":{"accountId":"acme","eventId":"y","alertId":"B","status":"OPEN","alertSourceId":5,"occurredAt":"2026-01-01T11:58:00Z","updatedAt":"2026-01-01T11:58:00Z"}}
            {"alert":{"accountId":"acme","eventId":"z","alertId":"C","status":"OPEN","alertSourceId":5,"occurredAt":"2026-01-01T12:00:00Z","updatedAt":"2026-01-01T12:00:00Z"}}
            """;
        var (code, output, error) = await CliProcess.RunAsync(["replay", "-", "--last"], WorkedExample + "\n" + tables);

        Assert.Equal((0, ""), (code, error));
        var scopes = Answers(output).ToDictionary(a => a.GetProperty("alertId").GetString()!, a => a.GetProperty("scope").GetString());
        Assert.Equal(("ACCOUNT", "TEAM", "ACCOUNT"), (scopes["A"], scopes["B"], scopes["C"]));
    }

    [Fact]
    public async Task Settings_are_flags()
    {
        var (_, output, _) = await CliProcess.RunAsync(["replay", "-", "--last", "--before", "30m", "--after", "5m", "--settle", "1h", "--prior", "0.25"], WorkedExample);

        var answer = Answers(output).Single();
        Assert.Equal(1, answer.GetProperty("considered").GetInt32());
        Assert.Equal(1_767_268_800_000 - 30 * 60_000, answer.GetProperty("windowFrom").GetInt64());
        // τ = 5 min, W = 35 min: LR = 7·e^(−3/5) = 3.842; P = 0.25·3.842 ÷ (0.75 + 0.25·3.842)
        Assert.Equal(0.5615, answer.GetProperty("suspects")[0].GetProperty("probability").GetDouble(), 0.0005);
    }

    [Fact]
    public async Task A_bad_line_is_named_and_the_others_are_replayed()
    {
        var bad = "nonsense\n{\"deployment\":{\"accountId\":\"acme\",\"pipelineId\":\"x\"}}\n{\"thing\":{}}\n[]\n";
        var (code, output, error) = await CliProcess.RunAsync(["replay", "-", "--last"], bad + WorkedExample);

        Assert.Equal(2, code);
        Assert.Single(Answers(output));
        Assert.Contains("standard input, line 1: not JSON", error, StringComparison.Ordinal);
        Assert.Contains("standard input, line 2: deployment.", error, StringComparison.Ordinal);
        Assert.Contains("standard input, line 3: must have one of the keys", error, StringComparison.Ordinal);
        Assert.Contains("standard input, line 4: a Array where an object was expected", error, StringComparison.Ordinal);
        Assert.Contains("4 line(s) could not be read", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_production_would_put_among_the_dead_letters_is_named()
    {
        var odd = """
            {"deployment":{"accountId":"acme","eventId":"late","deploymentId":"L","pipelineId":1,"occurredAt":"2026-01-01T10:59:59Z"}}
            {"deployment":{"accountId":"acme","eventId":"future","deploymentId":"F","pipelineId":1,"occurredAt":"2026-01-01T12:10:01Z"},"at":1767268800000}
            {"deployment":{"accountId":"","eventId":"nobody","deploymentId":"N","pipelineId":1,"occurredAt":"2026-01-01T12:00:00Z"}}
            """;
        var (code, output, error) = await CliProcess.RunAsync(["replay", "-", "--last"], WorkedExample + "\n" + odd);

        Assert.Equal(0, code);
        Assert.Equal(2, Answers(output).Single().GetProperty("considered").GetInt32());
        Assert.Contains("line 4: late: stream time is 2026-01-01 12:00:00.000Z", error, StringComparison.Ordinal);
        Assert.Contains("line 5: impossible time", error, StringComparison.Ordinal);
        Assert.Contains("line 6: accountId", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--before is \"5x\", but must be a duration", "replay", "-", "--before", "5x")]
    [InlineData("--settle (300000 ms) is shorter than after", "replay", "-", "--settle", "5m")]
    [InlineData("--prior is 2, but must lie between 0 and 1", "replay", "-", "--prior", "2")]
    [InlineData("no-such-file", "replay", "no-such-file")]
    [InlineData("Unrecognized command or argument", "replay", "-", "--no-such-flag")]
    [InlineData("--master-key must be ID:BASE64 with 32 bytes of key", "ingest", "--master-key", "k1:secret")]
    [InlineData("--operator-key must be 16 to 200 letters", "ingest", "--operator-key", "short")]
    [InlineData("--listen is \"nowhere\"", "ingest", "--listen", "nowhere")]
    [InlineData("-X nonsense: a property is given as name=value", "topics", "check", "-X", "nonsense")]
    [InlineData("no.such.property", "topics", "check", "-X", "no.such.property=1")]
    [InlineData("--retention is shorter than what the join looks back", "topics", "create", "--retention", "1h")]
    public async Task A_mistake_of_the_user_is_one_clear_line_and_exit_code_2(string message, params string[] args)
    {
        var (code, output, error) = await CliProcess.RunAsync(args);

        Assert.Equal(2, code);
        Assert.Contains(message, error + output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_environment_and_a_file_set_what_no_flag_does()
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, "before: 30m\nafter: 1m\n");
            var (_, output, _) = await CliProcess.RunAsync(["replay", "-", "--last", "--after", "5m", "--config", file], WorkedExample, ("STREAMDEPLOY_BEFORE", "45m"));
            var answer = Answers(output).Single();
            Assert.Equal(1_767_268_800_000 - 45 * 60_000, answer.GetProperty("windowFrom").GetInt64());
            Assert.Equal(1_767_268_800_000 + 5 * 60_000, answer.GetProperty("windowTo").GetInt64());

            await File.WriteAllTextAsync(file, "before: 30m\nbefroe: 5m\n");
            var (code, _, error) = await CliProcess.RunAsync(["replay", "-", "--config", file], WorkedExample);
            Assert.Equal(2, code);
            Assert.Contains("line 2: there is no setting befroe", error, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static List<JsonElement> Answers(string output) =>
        [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line))];
}

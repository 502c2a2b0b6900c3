using System.Text.RegularExpressions;
using StreamDeploy.Tests.ClickHouse.History;

namespace StreamDeploy.Tests.ClickHouse.Cookbook;

/// <summary>Every question of the cookbook, asked of <see cref="LoadedWeek"/> as its own comment says, gives what was worked out by hand from <see cref="WeekEvents"/> in expected/.</summary>
[Collection(EmbeddedClickHouseTests.Name)]
public sealed partial class CookbookTests(LoadedWeek week) : IClassFixture<LoadedWeek>
{
    private static readonly string Questions = Repository.Path("docker", "clickhouse", "cookbook");
    private static readonly string Expected = Repository.Path("tests", "StreamDeploy.Tests", "ClickHouse", "Cookbook", "expected");

    public static TheoryData<string> Names => [.. Directory.EnumerateFiles(Questions, "*.sql").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    [Fact]
    public void Every_question_has_an_answer_worked_out_and_every_answer_a_question()
    {
        Assert.True(Names.Count >= 14, $"{Names.Count} questions");
        Assert.Equal(Names.AsEnumerable<object[]>().Select(row => (string)row[0]), Directory.EnumerateFiles(Expected).Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal));
    }

    [ClickHouseFact]
    public async Task Every_row_is_there_twice()
    {
        foreach (string table in (string[])["deployment_events", "alert_events", "enrichment_revisions", "dead_letters"])
            Assert.Equal("2\n", await week.AskAsync($"SELECT count() / uniqExact(kafka_offset) FROM {table}"));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_question_says_what_it_is_how_it_is_asked_and_with_which_parameters(string name)
    {
        string sql = Read(name);
        Assert.StartsWith("-- ", sql, StringComparison.Ordinal);
        Assert.Contains($"-- clickhouse-client --database streamdeploy ", sql, StringComparison.Ordinal);
        Assert.Contains($"--queries-file {name}.sql", sql, StringComparison.Ordinal);
        Assert.Contains($"--data-binary @{name}.sql", sql, StringComparison.Ordinal);
        var named = Placeholder().Matches(sql).Select(match => match.Groups[1].Value).Distinct().Order();
        Assert.Contains("account", named);
        Assert.Equal(named, CurlParameter().Matches(sql).Select(match => match.Groups[1].Value).Order());
        Assert.Equal(named, ClientParameter().Matches(sql).Select(match => match.Groups[1].Value).Order());
    }

    [ClickHouseTheory]
    [MemberData(nameof(Names))]
    public async Task A_question_gives_what_was_worked_out_by_hand(string name)
    {
        string expected = await File.ReadAllTextAsync(Path.Combine(Expected, name + ".tsv"));
        Assert.Equal(expected, await week.AskAsync(Read(name), "default_format=TSVWithNames&" + Parameters(name)));
        // Some have it in their profile.
        Assert.Equal(expected, await week.AskAsync(Read(name), "default_format=TSVWithNames&join_use_nulls=1&" + Parameters(name)));
    }

    [ClickHouseTheory]
    [MemberData(nameof(Names))]
    public async Task A_question_gives_nothing_to_an_account_that_does_not_exist(string name)
    {
        string answer = await week.AskAsync(Read(name), "default_format=TSV&" + CurlParameter().Replace(Parameters(name), m => m.Value == "param_account=acme" ? "param_account=nobody" : m.Value));
        // One question counts, and counts nothing.
        Assert.Equal(name == "first-and-last-answer" ? "0\t0\t0\t\\N\n" : "", answer);
    }

    /// <summary>Of the sorting key account first and a day or time second: nothing is read that a question does not need.</summary>
    [ClickHouseTheory]
    [MemberData(nameof(Names))]
    public async Task A_question_reads_only_its_account_and_days(string name)
    {
        foreach (TableRead read in await TableRead.OfAsync(week, Read(name), Parameters(name)))
            Assert.True(read.IsOfAccountAndDays("acme"), $"{name} reads {read}");
    }

    private static string Read(string name) => File.ReadAllText(Path.Combine(Questions, name + ".sql"));

    /// <summary>As the comment's curl gives them.</summary>
    private static string Parameters(string name) => string.Join('&', CurlParameter().Matches(Read(name)).Select(match => match.Value));

    [GeneratedRegex(@"\{(\w+):\w")]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"(?<=[&?]|^)param_(\w+)=[^&""\s]+")]
    private static partial Regex CurlParameter();

    [GeneratedRegex(@"--param_(\w+)=")]
    private static partial Regex ClientParameter();
}

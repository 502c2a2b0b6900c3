using Spectre.Console;
using StreamDeploy.Cli;
using StreamDeploy.Cli.Report;

namespace StreamDeploy.Tests.Cli.Report;

public sealed class HtmlReportTests
{
    private const string Hostile = "</td></span><script>alert(1)</script>\"'><img src=x onerror=alert(2)> & \u202Egnp.exe";

    private static readonly IsoWeek Week = IsoWeek.Parse("2026-W10");
    private static readonly DoraFigures NoDora = new(0, 0, 0, null, 0, null);
    private static readonly AlertFigures NoAlerts = new(0, 0, 0, 0, 0, 0, 0, null, null);
    private static readonly WeekReport Empty = new() { AccountId = "acme", Week = Week, Environment = "production", Dora = NoDora, DoraBefore = NoDora, Alerts = NoAlerts };

    private static readonly WeekReport Attacked = Empty with
    {
        AccountId = Hostile,
        Environment = Hostile,
        Deployments = [new(Week.From, Hostile, 1), new(Week.From, "FAILED", 2)],
        Alerts = new(1, 1, 0, 1, 0, 0, 0, 1, 1),
        AlertLines = [new(0, Hostile, Hostile, Hostile, Hostile, "javascript:alert(3)", "SUSPECTS", Hostile, "https://ci.example/\"><script>alert(4)</script>", 0.5)],
        Pipelines = [new(1, Hostile, 1, 1, 1, 1)],
        Recoveries = [new(Hostile, Hostile, Hostile, Hostile, 60, "data:text/html,<script>alert(5)</script>")],
        Claims = [new(1, 1, 1, 1, 1, 1)],
        Rejected = [new(Hostile, Hostile, Hostile, 1, Hostile)],
    };

    [Fact]
    public void Names_from_outside_are_text_wherever_they_stand()
    {
        var page = new Page(HtmlReport.Write(Attacked));

        Assert.Empty(page.Elements("script").Concat(page.Elements("img")));
        Assert.DoesNotContain(page.AttributeNames, name => name.StartsWith("on", StringComparison.OrdinalIgnoreCase));
        Assert.StartsWith(Hostile, page.Title, StringComparison.Ordinal);
        // Every one of them is apart from what is around it, so that the mark of writing direction ends with it.
        Assert.All(page.Elements("bdi").Where(name => name.Value.Contains('\u202E')), name => Assert.Equal(Hostile, name.Value));
        Assert.True(page.Elements("bdi").Count(name => name.Value == Hostile) >= 12);
    }

    [Fact]
    public void Only_the_web_is_linked_to()
    {
        string[] links = [.. new Page(HtmlReport.Write(Attacked)).Attributes("href")];

        Assert.Equal(["https://ci.example/%22%3E%3Cscript%3Ealert(4)%3C/script%3E"], links);
    }

    [Fact]
    public void Nothing_is_fetched_and_nothing_runs()
    {
        var page = new Page(HtmlReport.Write(Attacked));

        Assert.Empty(page.Attributes("src"));
        Assert.Empty(page.Elements("link"));
        var style = Assert.Single(page.Elements("style")).Value;
        Assert.Contains("prefers-color-scheme: dark", style, StringComparison.Ordinal);
        Assert.DoesNotContain("url(", style, StringComparison.Ordinal);
        Assert.DoesNotContain("@import", style, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_week_says_so_and_shows_no_tables()
    {
        var page = new Page(HtmlReport.Write(Empty));

        Assert.Equal(["An empty week"], page.Sections);
        Assert.Empty(page.Elements("table"));
    }

    [Fact]
    public void A_part_without_anything_to_tell_says_so()
    {
        var page = new Page(HtmlReport.Write(Empty with { Deployments = [new(Week.From, "SUCCEEDED", 1)] }));

        Assert.Equal(["DORA", "Deployments a day", "Alerts", "Most suspected pipelines", "Slowest recovery", "What claims hid", "Late and rejected records"], page.Sections);
        Assert.Empty(page.Elements("table"));
        Assert.Contains("No alert was raised in this week.", page.Text, StringComparison.Ordinal);
        // Nothing finished in production: no rate is 0 % of nothing.
        Assert.Equal(("Change fail rate", "–", "before: –"), page.Figures[1]);
    }

    [Fact]
    public void Bars_of_a_day_stand_on_each_other_and_are_as_high_as_their_numbers()
    {
        var report = Empty with { Deployments = [new(Week.From, "SUCCEEDED", 6), new(Week.From, "FAILED", 2), new(Week.To, "SUCCEEDED", 4)] };
        var bars = new Page(HtmlReport.Write(report)).Section("Deployments a day").Descendants("rect").Where(rect => rect.Attribute("x") is not null)
            .Select(rect => (Class: rect.Attribute("class")!.Value, Y: (double)rect.Attribute("y")!, Height: (double)rect.Attribute("height")!)).ToArray();

        // The highest day has 8 on 152 units: 19 for each.
        Assert.Equal([("succeeded", 56, 114), ("failed", 18, 38), ("succeeded", 94, 76)], bars);
    }

    [Fact]
    public void On_a_terminal_names_from_outside_cannot_move_the_cursor()
    {
        using var written = new StringWriter();
        const string Name = "\u001b[2Jall \u202Ewell[red]";
        TerminalReport.Print(Attacked with { AccountId = Name, Pipelines = [new(1, Name, 1, 1, 1, 1)] }, Terminal.On(written, isFile: true));

        var text = written.ToString();
        Assert.DoesNotContain('\u001b', text);
        Assert.DoesNotContain('\u202E', text);
        Assert.Contains("\uFFFD[2Jall \uFFFDwell[red]", text, StringComparison.Ordinal);
    }
}

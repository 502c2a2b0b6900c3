using StreamDeploy.Connectors.LiveView.Alerts;
using StreamDeploy.Connectors.LiveView.Changes;
using StreamDeploy.Connectors.LiveView.Pages;
using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.LiveView;

public sealed class AlertPageTests
{
    private const string Hostile = "\u202e<script>alert(1)</script>\" onmouseover=\"alert(2)\u0007";

    [Fact]
    public async Task The_page_says_the_answer_who_is_suspected_and_how_sure_it_is()
    {
        var html = await PageOf(SomeAnswer.Of(SomeAnswer.Suspect("d1", 0.7), SomeAnswer.Suspect("d2", 0.004)));

        Assert.Contains("The headline.", html, StringComparison.Ordinal);
        Assert.Contains("70 %", html, StringComparison.Ordinal);
        Assert.Contains("&lt; 1 %", html, StringComparison.Ordinal);
        Assert.Contains("href=\"/deployments/one?pipeline=1&amp;id=d1\"", html, StringComparison.Ordinal);
        Assert.Contains("Ended 3 min before the alert.", html, StringComparison.Ordinal);
        Assert.Contains("comes this close 1 time in 40.", html, StringComparison.Ordinal);
        Assert.Contains("may still change until", html, StringComparison.Ordinal);
        Assert.True(html.IndexOf("data-suspect=\"1\"", StringComparison.Ordinal) < html.IndexOf("id=\"no-deployment\"", StringComparison.Ordinal));
        Assert.True(html.IndexOf("id=\"no-deployment\"", StringComparison.Ordinal) < html.IndexOf("data-suspect=\"2\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_settled_answer_says_that_it_stays_and_an_overdue_one_when_it_will()
    {
        Assert.Contains("settled: it stays as it is", await PageOf(SomeAnswer.Of() with { Settled = true }), StringComparison.Ordinal);

        var overdue = SomeAnswer.Model(SomeAnswer.Alert(SomeAnswer.Of())) with { NowMs = Some.Noon + 4 * Some.Hour };
        Assert.Contains("due to settle", await Rendered.HtmlOf<AlertBody>(overdue), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Texts_of_others_are_texts_wherever_they_stand()
    {
        var suspect = SomeAnswer.Suspect() with
        {
            Summary = Hostile,
            Service = Hostile,
            Environment = Hostile,
            Version = Hostile,
            PipelineName = Hostile,
            DeploymentId = Hostile,
            Link = "javascript:alert(3)",
            Evidence = [SomeAnswer.Piece(EvidenceCode.SERVICE, -2, Hostile)],
            Lifeline = [new() { DeploymentId = Hostile, Environment = Hostile, OccurredAtMs = Some.Noon - Some.Hour }],
        };
        var answer = SomeAnswer.Of(suspect) with { Headline = Hostile, AlertSummary = Hostile, Elsewhere = [suspect], TeamIds = [7], Scope = ScopeKind.TEAM };
        var alert = AlertTrail.Of(new(Hostile, Some.Noon), [Some.Alert() with { Summary = Hostile, Service = Hostile, Environment = Hostile, Priority = Hostile, Link = "javascript:alert(4)" }], [answer]);

        foreach (var html in new[] { await Rendered.HtmlOf<AlertPage>(SomeAnswer.Model(alert)), await Rendered.HtmlOf<AlertItem>(new AlertRow(alert, SomeAnswer.Entries)) })
        {
            Assert.Contains("&lt;script&gt;", html, StringComparison.Ordinal);
            Assert.DoesNotContain("<script", html, StringComparison.Ordinal);
            Assert.DoesNotContain("\" onmouseover", html, StringComparison.Ordinal);
            Assert.DoesNotContain("javascript:", html, StringComparison.Ordinal);
            Assert.DoesNotContain('\u202e', html);
            Assert.DoesNotContain("&#x202E;", html, StringComparison.Ordinal);
            Assert.DoesNotContain("&#x7;", html, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_summary_of_ten_thousand_characters_is_cut_and_can_be_read_whole()
    {
        var text = new string('x', 10_000);
        var alert = AlertTrail.Of(new("a1", Some.Noon), [Some.Alert() with { Summary = text }], [SomeAnswer.Of(SomeAnswer.Suspect() with { Summary = text })]);

        var page = await Rendered.HtmlOf<AlertBody>(SomeAnswer.Model(alert));
        var row = await Rendered.HtmlOf<AlertItem>(new AlertRow(alert, SomeAnswer.Entries));

        // Once for the alert and once for the suspect, each behind something to open.
        Assert.Equal(2, page.Split(text).Length - 1);
        Assert.Equal(2, page.Split("<details class=\"whole\">").Length - 1);
        Assert.True(row.Length < 4000, $"a row has {row.Length} characters");
    }

    [Fact]
    public async Task An_alert_without_an_answer_says_what_to_expect()
    {
        var waiting = SomeAnswer.Model(AlertTrail.Of(new("a1", Some.Noon), [Some.Alert()], []));

        Assert.Contains("comes within seconds", await Rendered.HtmlOf<AlertPage>(waiting with { NowMs = Some.Noon + 5_000 }), StringComparison.Ordinal);
        Assert.Contains("this one is late", await Rendered.HtmlOf<AlertPage>(waiting with { NowMs = Some.Noon + 5 * Some.Minute }), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_without_its_alert_says_so()
    {
        var html = await Rendered.HtmlOf<AlertPage>(SomeAnswer.Model(AlertTrail.Of(new("a1", Some.Noon), [], [SomeAnswer.Of(SomeAnswer.Suspect())])));

        Assert.Contains("own events are not here", html, StringComparison.Ordinal);
        Assert.Contains("alert a1", html, StringComparison.Ordinal);
        Assert.DoesNotContain("Still open", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_nothing_was_near_the_page_says_where_else_to_look()
    {
        var html = await PageOf(SomeAnswer.Of());

        Assert.Contains("No suspect", html, StringComparison.Ordinal);
        Assert.Contains("a cause that is no deployment", html, StringComparison.Ordinal);
        Assert.Contains("100 %", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_all_was_out_of_scope_the_page_says_what_a_claim_hid_and_whose_it_was()
    {
        var elsewhere = SomeAnswer.Suspect("theirs", 0.6) with { PipelineId = 2, PipelineName = "storefront" };
        var html = await PageOf(SomeAnswer.Of() with { Reason = NoSuspectReason.OUT_OF_SCOPE, Scope = ScopeKind.TEAM, TeamIds = [7], OutOfScope = 1, Elsewhere = [elsewhere] });

        Assert.Contains("Payments\u2069 claims this alert", System.Net.WebUtility.HtmlDecode(html), StringComparison.Ordinal);
        Assert.Contains("Were nobody claiming it", html, StringComparison.Ordinal);
        Assert.Contains("deploy theirs", html, StringComparison.Ordinal);
        Assert.Contains("out-of-scope", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_suspect_after_the_alert_and_one_that_is_running_are_said_as_such()
    {
        var after = SomeAnswer.Suspect("after", 0.1, Some.Noon + 4 * Some.Minute, 0) with { Relation = Relation.AFTER, LagMs = -4 * Some.Minute };
        var running = SomeAnswer.Suspect("running", 0.5) with { EndMs = null, Status = DeploymentStatus.STARTED, Relation = Relation.DURING, LagMs = 0 };

        var html = await PageOf(SomeAnswer.Of(running, after));

        Assert.Contains("Going on when the alert was raised.", html, StringComparison.Ordinal);
        Assert.Contains("Started 4 min after the alert.", html, StringComparison.Ordinal);
        Assert.Contains("running since", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reader_is_told_what_changed_since_the_page_was_opened_and_only_then()
    {
        var (first, then) = (SomeAnswer.Of(SomeAnswer.Suspect("d1", 0.7)), SomeAnswer.Of(SomeAnswer.Suspect("d2", 0.8)) with { Revision = 6 });
        var alert = SomeAnswer.Alert(first, then);

        var changed = await Rendered.HtmlOf<AlertBody>(SomeAnswer.Model(alert, new SeenAnswer(5, false)));
        var same = await Rendered.HtmlOf<AlertBody>(SomeAnswer.Model(alert, new SeenAnswer(6, false)));

        Assert.Contains("Changed while you looked.", changed, StringComparison.Ordinal);
        Assert.DoesNotContain("Changed while you looked.", same, StringComparison.Ordinal);
        Assert.Contains("Another first suspect", same, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_page_asks_for_what_comes_after_the_answer_that_it_shows()
    {
        var html = System.Net.WebUtility.HtmlDecode(await Rendered.HtmlOf<AlertPage>(SomeAnswer.Model(SomeAnswer.Alert(SomeAnswer.Of(SomeAnswer.Suspect())))));

        Assert.Contains($"hx-sse:connect=\"/alerts/one/live?id=a1&at={Some.Noon}&after=0-0-0\"", html, StringComparison.Ordinal);
        Assert.Contains($"hx-get=\"/alerts/one/body?id=a1&at={Some.Noon}&seen=5&settled=false\"", html, StringComparison.Ordinal);
    }

    private static Task<string> PageOf(Enrichment answer) => Rendered.HtmlOf<AlertPage>(SomeAnswer.Model(SomeAnswer.Alert(answer)));
}

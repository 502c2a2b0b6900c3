using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using StreamDeploy.Connectors.LiveView;
using StreamDeploy.Connectors.LiveView.Changes;
using StreamDeploy.Connectors.LiveView.Directory;
using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.LiveView;

public sealed class AlertFilterTests
{
    private const long Now = Some.Noon + Some.Hour;

    private static readonly AlertTrail Answered = AlertTrail.Of(new("a1", Some.Noon), [Some.Alert() with { Service = "checkout", Summary = "Too many errors" }], [SomeAnswer.Of(SomeAnswer.Suspect()) with { TeamIds = [7] }]);
    private static readonly AlertTrail Waiting = AlertTrail.Of(new("a2", Some.Noon), [Some.Alert("a2")], []);

    [Theory]
    [InlineData("", true, true)]
    [InlineData("?since=1h", true, true)]
    [InlineData("?from=2026-01-01T12:30:00Z", false, false)]
    [InlineData("?status=OPEN", true, true)]
    [InlineData("?status=RESOLVED", false, false)]
    [InlineData("?outcome=SUSPECTS", true, false)]
    [InlineData("?outcome=unanswered", false, true)]
    [InlineData("?outcome=OUT_OF_SCOPE", false, false)]
    [InlineData("?team=7", true, false)]
    [InlineData("?service=checkout", true, false)]
    [InlineData("?q=ERRORS+many", true, false)]
    [InlineData("?q=payments+headline", true, false)]
    [InlineData("?q=errors+elsewhere", false, false)]
    [InlineData("?before=1767268800000", false, false)]
    public void It_lets_through_what_it_says(string query, bool answered, bool waiting)
    {
        var filter = Of(query);

        Assert.Equal((answered, waiting), (filter.Matches(Answered, SomeAnswer.Entries), filter.Matches(Waiting, SomeAnswer.Entries)));
    }

    [Theory]
    [InlineData("?status=SHUT", "status")]
    [InlineData("?outcome=9", "outcome")]
    [InlineData("?team=payments", "team")]
    [InlineData("?since=5y", "since")]
    public void What_it_does_not_understand_it_names(string query, string parameter) =>
        Assert.StartsWith(parameter + " is", Assert.Throws<BadQueryException>(() => Of(query)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("")]
    [InlineData("?since=7d&status=OPEN&outcome=SUSPECTS&team=7&service=a%26b&q=x%20y&before=5")]
    [InlineData("?from=2026-01-01T10:00:00Z&to=2026-01-01T12:00:00Z")]
    public void Its_address_gives_it_again(string query) => Assert.Equal(Of(query), Of(Of(query).ToQuery()));

    [Fact]
    public void An_alert_falls_to_the_teams_of_its_answer_else_to_those_of_its_source_and_policy()
    {
        var entries = new Entries(null, [], [new() { AccountId = "acme", Id = 5, TeamIds = [3], EscalationPolicyId = 6 }], [new EscalationPolicy { AccountId = "acme", Id = 6, TeamIds = [2] }], []);
        var alert = AlertTrail.Of(new("a", Some.Noon), [Some.Alert("a") with { AlertSourceId = 5, TeamIds = [1, 3] }], []);

        Assert.Equal([1, 2, 3], alert.TeamIds(entries));
        Assert.Equal([9], alert.With(SomeAnswer.Of() with { TeamIds = [9] }).TeamIds(entries));
    }

    [Fact]
    public void A_row_has_the_same_id_in_every_process_and_another_for_another_raising()
    {
        // printf '1767268800000 a1' | sha256sum
        Assert.Equal("a504670feec650059af3b", new AlertKey("a1", Some.Noon).Id);
        Assert.NotEqual(new AlertKey("a1", Some.Noon).Id, new AlertKey("a1", Some.Noon + 1).Id);
        Assert.Matches("^a[0-9a-f]{20}$", new AlertKey("<script>", 1).Id);
    }

    private static AlertFilter Of(string query) => AlertFilter.Of(new QueryCollection(QueryHelpers.ParseQuery(query)), Now);
}

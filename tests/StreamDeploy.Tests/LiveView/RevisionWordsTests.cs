using StreamDeploy.Connectors.LiveView.Alerts;
using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.LiveView;

public sealed class RevisionWordsTests
{
    private static readonly Suspect First = SomeAnswer.Suspect("first", 0.6), Second = SomeAnswer.Suspect("second", 0.2);

    [Fact]
    public void The_first_answer_says_whom_it_suspects() =>
        Assert.Equal("First answer: deploy first is suspected first, 60 %.", Of(null, SomeAnswer.Of(First, Second)));

    [Fact]
    public void The_first_answer_says_why_it_suspects_nobody()
    {
        Assert.Equal("First answer: no suspect, nothing changed near the alert.", Of(null, SomeAnswer.Of()));
        Assert.Equal("First answer: no suspect, what is near the alert is out of scope.", Of(null, SomeAnswer.Of() with { Reason = NoSuspectReason.OUT_OF_SCOPE }));
    }

    [Fact]
    public void Another_first_suspect_is_told_with_what_became_of_the_one_before() =>
        Assert.Equal("Another first suspect: deploy second, 70 %. Before it was deploy first, now 10 %.",
            Of(SomeAnswer.Of(First, Second), SomeAnswer.Of(Second with { Probability = 0.7 }, First with { Probability = 0.1 })));

    [Fact]
    public void A_suspect_where_there_was_none_and_none_where_there_was_one()
    {
        Assert.Equal("A suspect where there was none: deploy first, 60 %.", Of(SomeAnswer.Of(), SomeAnswer.Of(First)));
        Assert.Equal("No suspect any more: what is near the alert is out of scope.", Of(SomeAnswer.Of(First), SomeAnswer.Of() with { Reason = NoSuspectReason.OUT_OF_SCOPE }));
    }

    [Fact]
    public void New_and_gone_suspects_behind_the_first_are_named() =>
        Assert.Equal("The first suspect stays. New behind it: deploy third. Not among the first any more: deploy second.",
            Of(SomeAnswer.Of(First, Second), SomeAnswer.Of(First, SomeAnswer.Suspect("third", 0.2))));

    [Fact]
    public void A_rollback_of_a_suspect_is_told_with_what_it_did_to_its_probability() =>
        Assert.Equal("The first suspect: 80 %, before 60 %. deploy first was rolled back.",
            Of(SomeAnswer.Of(First), SomeAnswer.Of(First with { Probability = 0.8, Status = DeploymentStatus.ROLLED_BACK })));

    [Fact]
    public void A_settled_answer_says_that_it_stays() => Assert.Equal("Settled: this answer stays.", Of(SomeAnswer.Of(First), SomeAnswer.Of(First) with { Settled = true }));

    [Fact]
    public void An_answer_that_is_the_same_says_so() =>
        Assert.Equal("More events were read, and the answer stayed the same.", Of(SomeAnswer.Of(First), SomeAnswer.Of(First) with { Revision = 9 }));

    [Fact]
    public void A_name_that_turns_the_direction_turns_only_itself()
    {
        var words = RevisionWords.Of(null, SomeAnswer.Of(First with { Summary = "\u202eevil" }));

        Assert.Equal("First answer: \u2068evil\u2069 is suspected first, 60 %.", words);
    }

    // Names are isolated by characters that nobody sees.
    private static string Of(Enrichment? before, Enrichment after) => RevisionWords.Of(before, after).Replace("\u2068", "").Replace("\u2069", "");
}

using StreamDeploy.Connectors.LiveView.Directory;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.LiveView.Pipelines;

/// <summary>The choice of what reports the changes: the first step.</summary>
/// <param name="MayWrite">Whether the viewer may make a pipeline.</param>
public sealed record ProviderChoice(bool MayWrite);

/// <summary>The fields of a form, new or not.</summary>
/// <param name="Type">Of the pipeline.</param>
/// <param name="Form">What stands in them.</param>
/// <param name="Teams">To choose from.</param>
/// <param name="Problem">Why it was not done; null for none.</param>
public sealed record PipelineFields(IntegrationType Type, PipelineForm Form, IReadOnlyList<Team> Teams, FormProblem? Problem)
{
    /// <summary>What is wrong with a field; null for nothing.</summary>
    public string? ProblemOf(string field) => Problem?.Field == field ? Problem.Message : null;
}

/// <summary>The second step.</summary>
public sealed record NewPipeline(Provider Provider, PipelineFields Fields);

/// <summary>How to connect a sender: with the key and secret in the open right after they were made, without them at any other time.</summary>
/// <param name="Provider">What sends.</param>
/// <param name="Pipeline">To which.</param>
/// <param name="Secret">That was made for it; null where there is none, or it is not shown.</param>
/// <param name="IsSigned">Whether there is one.</param>
/// <param name="ShowsTest">Whether the lines of the test event are seen without asking for them.</param>
public sealed record Connection(Provider Provider, PipelineFacts Pipeline, string? Secret, bool IsSigned, bool ShowsTest = false)
{
    /// <summary>To be pasted into a shell; null where there are none.</summary>
    public string? TestLines => TestEvent.LinesFor(Pipeline.Type, Pipeline.Url, Pipeline.Key, IsSigned, Secret);
}

/// <summary>The third step.</summary>
/// <param name="Connection">What to set up at the sender.</param>
/// <param name="Arrivals">What has come already.</param>
public sealed record MadePipeline(Connection Connection, Arrivals Arrivals);

/// <summary>What was made anew, and is shown once.</summary>
/// <param name="Pipeline">Whose it is.</param>
/// <param name="Key">The new key; null where it was the secret.</param>
/// <param name="Secret">The new secret; null where it was the key, or the viewer chose it.</param>
/// <param name="Overlap">How long what it replaces goes on to hold; null: not at all.</param>
public sealed record Rotated(PipelineFacts Pipeline, string? Key, string? Secret, string? Overlap);

/// <summary>A pipeline by itself.</summary>
/// <param name="Facts">As it is now.</param>
/// <param name="Fields">The form; null where it cannot be changed.</param>
/// <param name="WhyFixed">Why not; null where it can.</param>
/// <param name="Arrivals">What it was sent.</param>
/// <param name="Entries">The account's tables.</param>
/// <param name="Done">What has just been done; null for nothing.</param>
/// <param name="IsEdited">Whether the form is open.</param>
public sealed record PipelineModel(PipelineFacts Facts, PipelineFields? Fields, string? WhyFixed, Arrivals Arrivals, Entries Entries, string? Done, bool IsEdited)
{
    /// <summary>Whether somebody else's change came between.</summary>
    public bool IsOvertaken => Fields?.Problem?.Code == "PRECONDITION_FAILED";
}

/// <summary>Whether a pipeline is really to go.</summary>
/// <param name="Facts">Which.</param>
/// <param name="Problem">Why it has not gone; null where it was not tried.</param>
public sealed record PipelineDeletion(PipelineFacts Facts, FormProblem? Problem);

using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using StreamDeploy.Connectors.LiveView.Session;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.LiveView.Pipelines;

/// <summary>What somebody wrote into a pipeline's form, as they wrote it: what is wrong with it the management API says.</summary>
public sealed record PipelineForm
{
    public string Name { get; init; } = "";
    public IReadOnlyList<long> TeamIds { get; init; } = [];
    public bool Shared { get; init; }

    /// <summary>One a line.</summary>
    public string BranchFilters { get; init; } = "";

    public IReadOnlyList<string> EventFilters { get; init; } = [];
    public string Before { get; init; } = "";
    public string Service { get; init; } = "";

    /// <summary>Whether deliveries are to be signed with a secret that is made for it; only at creation.</summary>
    public bool WithSecret { get; init; } = true;

    public static PipelineForm Of(PipelineFacts facts) => new()
    {
        Name = facts.Name,
        TeamIds = facts.TeamIds,
        Shared = facts.Shared,
        BranchFilters = string.Join('\n', facts.BranchFilters),
        EventFilters = facts.EventFilters,
        Before = facts.Before ?? "",
        Service = facts.Service ?? "",
    };

    public static PipelineForm Of(IFormCollection form) => new()
    {
        Name = form["name"].ToString().Trim(),
        TeamIds = [.. form["team"].Select(id => long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0).Where(id => id > 0).Distinct()],
        Shared = form["shared"] == "yes",
        BranchFilters = form["branchFilters"].ToString(),
        EventFilters = [.. form["eventFilter"].OfType<string>().Distinct()],
        Before = form["before"].ToString().Trim(),
        Service = form["service"].ToString().Trim(),
        WithSecret = form["secret"] == "make",
    };

    /// <summary>The request's body; a name or a time that is left out is refused or taken away there, so everything is said.</summary>
    /// <param name="type">Of the pipeline.</param>
    /// <param name="secret">That was made for it; null for none.</param>
    public JsonElement ToJson(IntegrationType type, string? secret = null)
    {
        var given = new JsonObject { ["before"] = Before, ["service"] = Service };
        if (Provider.HasBranches(type))
            given["branchFilters"] = Texts(BranchFilters.Split(['\n', '\r', ','], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
        if (EventFilters.Count > 0)
            given["eventFilters"] = Texts(EventFilters);
        var body = new JsonObject
        {
            ["name"] = Name,
            ["integrationType"] = type.ToString(),
            ["teams"] = new JsonArray([.. TeamIds.Select(id => new JsonObject { ["id"] = id })]),
            ["shared"] = Shared,
            ["params"] = given,
        };
        if (secret is not null)
            body["signingSecret"] = secret;
        return JsonSerializer.SerializeToElement(body);
    }

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(text => JsonValue.Create(text))]);
}

/// <summary>Why a change was not made.</summary>
/// <param name="Message">For a person.</param>
/// <param name="Field">The form's field that it is about; null for none of them.</param>
/// <param name="Code">As the API gave it.</param>
public sealed record FormProblem(string Message, string? Field = null, string? Code = null)
{
    private static readonly HashSet<string> Fields = new(["name", "teams", "shared", "branchFilters", "eventFilters", "before", "service", "signingSecret", "overlap"], StringComparer.Ordinal);

    public static FormProblem Of(ManagementAnswer answer)
    {
        // params.branchFilters[2]
        var field = answer.Field is { } named ? named[(named.LastIndexOf('.') + 1)..].Split('[')[0] : null;
        return new(answer.Problem, field is not null && Fields.Contains(field) ? field : null, answer.Text("code"));
    }
}

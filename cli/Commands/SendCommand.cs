using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using StreamDeploy.Cli.Settings;
using StreamDeploy.Schemas;

namespace StreamDeploy.Cli.Commands;

/// <summary><c>send deployment|alert</c>: one event over HTTP, to try a key or to report from a script.</summary>
internal static class SendCommand
{
    private sealed record Field(Option<string?> Option, string Name);

    private static readonly Field Summary = FieldOf("--summary", "summary", "What happened, in one line", required: true);
    private static readonly Field Service = FieldOf("--service", "service", "The service it is of");
    private static readonly Field Environment = FieldOf("--environment", "environment", "The environment it is in");
    private static readonly Field EventId = FieldOf("--event-id", "Idempotency-Key", "What the event is known by; sent again with the same it counts once [default: a new one]");

    private static readonly Field[] OfDeployment =
    [
        Summary, Service, Environment,
        FieldOf("--version", "version", "The version that is deployed"),
        FieldOf("--commit", "commit", "Its commit"),
        FieldOf("--repository", "repository", "Its repository, as in acme/checkout"),
        FieldOf("--branch", "branch", "Its branch"),
        FieldOf("--status", "status", Names<DeploymentStatus>() + " [default: SUCCEEDED]"),
        FieldOf("--kind", "kind", Names<DeploymentKind>() + " [default: DEPLOYMENT]"),
        FieldOf("--deployment-id", "deploymentId", "What all events of the deployment share: its start and its end [default: the event's id]"),
        FieldOf("--at", "timestamp", "When it happened: ISO 8601, epoch seconds or milliseconds [default: now]"),
    ];

    private static readonly Field AlertId = FieldOf("--alert-id", "alertId", "What all events of the alert share [default: a new one, which is printed]");
    private static readonly Field RaisedAt = FieldOf(
        "--at", "occurredAt", "When the alert was raised, in each of its events: ISO 8601, epoch seconds or milliseconds [default: now]");

    private static readonly Field[] OfAlert =
    [
        AlertId, Summary, Service, Environment,
        FieldOf("--status", "status", "OPEN, ACCEPTED or RESOLVED; these two need --alert-id and --at [default: OPEN]"),
        FieldOf("--priority", "priority", "HIGH, LOW or your own scale"),
        FieldOf("--resolved-at", "resolvedAt", "When it was resolved [default of RESOLVED: now]"),
        RaisedAt,
    ];

    private static readonly Option<string?> Link = new("--link") { Description = "Where to read more: an http or https address", HelpName = "URL" };
    private static readonly Option<string[]> Label = new("--label") { Description = "A label of the alert. May be repeated", HelpName = "NAME=VALUE" };

    public static Command Create(string[] args) => new("send", "Sends one deployment event or alert to an ingest, over HTTP.")
    {
        Kind("deployment", "Sends a deployment event.", "api/deployment-events", OfDeployment, [Link], DeploymentOf, """
            The pipeline's integration key is best given in the environment:
              STREAMDEPLOY_KEY=... streamdeploy send deployment --summary "Deploy checkout 2.31" --service checkout --environment production
            """, args),
        Kind("alert", "Sends an event of an alert.", "api/alerts", OfAlert, [Link, Label], AlertOf, """
            The alert source's integration key is best given in the environment. What is printed names the alert and its raising, to be resolved later:
              STREAMDEPLOY_KEY=... streamdeploy send alert --summary "Payments fail" --service checkout
              STREAMDEPLOY_KEY=... streamdeploy send alert --summary "Payments fail" --status RESOLVED --alert-id ID --at TIME
            """, args),
    };

    private static Command Kind(
        string name, string summary, string route, Field[] fields, Option[] others, Func<ParseResult, JsonObject, string> complete, string details, string[] args)
    {
        var command = CommandRun.Describe(name, summary, details, args);
        foreach (var field in (Field[])[.. fields, EventId]) command.Options.Add(field.Option);
        foreach (var other in others) command.Options.Add(other);
        return command.Runs(SendOptions.All, async (flags, source, cancellationToken) =>
        {
            var body = new JsonObject();
            foreach (var field in fields)
            {
                if (flags.GetValue(field.Option) is { } text) body[field.Name] = text;
            }
            var sent = complete(flags, body);
            var eventId = flags.GetValue(EventId.Option) is { Length: > 0 } given ? given : Guid.CreateVersion7().ToString();
            using var client = new IngestClient(SendOptions.AddressOf(source), SendOptions.KeyOf(source), SendOptions.TimeoutOf(source));
            var answer = await PostAsync(client, route, eventId, body, cancellationToken).ConfigureAwait(false);
            if (answer.IsAccepted)
            {
                Console.Out.WriteLine($"taken: {sent}, event id {eventId}");
                return ExitCodes.Done;
            }

            await Console.Error.WriteLineAsync("streamdeploy: " + Refused(answer, [.. fields, EventId], SendOptions.AddressOf(source))).ConfigureAwait(false);
            return answer.MayBeSentAgain ? ExitCodes.Unavailable : answer.Status is >= 400 and < 500 ? ExitCodes.Usage : ExitCodes.Failed;
        });
    }

    private static async Task<IngestAnswer> PostAsync(IngestClient client, string route, string eventId, JsonObject body, CancellationToken cancellationToken)
    {
        try
        {
            return await client.PostAsync(route, eventId, body, static wait => Console.Error.WriteLine("streamdeploy: " + wait), cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // A service that is told to stop is done; an event that may not have been sent is not.
            throw new IOException($"broken off: it may or may not have been taken. To send it again as the same event: --event-id {eventId}");
        }
    }

    private static string DeploymentOf(ParseResult flags, JsonObject body)
    {
        if (flags.GetValue(Link) is { } href) body["links"] = new JsonArray(new JsonObject { ["href"] = href });
        return "deployment event";
    }

    private static string AlertOf(ParseResult flags, JsonObject body)
    {
        var isOpen = body["status"] is null || string.Equals((string?)body["status"], nameof(AlertStatus.OPEN), StringComparison.OrdinalIgnoreCase);
        if (!isOpen && (body[AlertId.Name] is null || body[RaisedAt.Name] is null))
            throw new SettingException("--alert-id and --at are needed with this --status: which raising of which alert is meant? Sending an open one prints both.");
        // Named here and not by the server: who resolves it must name it too.
        body[AlertId.Name] ??= Guid.CreateVersion7().ToString();
        body[RaisedAt.Name] ??= DateTimeOffset.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        if (flags.GetValue(Link) is { } href) body["link"] = href;
        if (flags.GetValue(Label) is { Length: > 0 } pairs) body["labels"] = Labels(pairs);
        return $"alert {body[AlertId.Name]} raised at {body[RaisedAt.Name]}";
    }

    private static JsonObject Labels(string[] pairs)
    {
        var labels = new JsonObject();
        foreach (var pair in pairs)
        {
            var equals = pair.IndexOf('=');
            if (equals <= 0) throw new SettingException($"--label {pair}: a label is given as name=value.");
            labels[pair[..equals]] = pair[(equals + 1)..];
        }
        return labels;
    }

    private static string Refused(IngestAnswer answer, Field[] fields, Uri address)
    {
        if (answer.Code is null) return $"{address} answered {answer.Status}, not as an ingest does: --to says where one is.";
        // The server's word for what the user wrote as a flag.
        var flag = Array.Find(fields, field => field.Name == answer.Field)?.Option.Name;
        var hint = flag is not null ? $" ({flag})" : answer.Field is not null ? $" (field {answer.Field})" : "";
        return $"refused, {answer.Status} {answer.Code}{hint}: {answer.Message}";
    }

    private static Field FieldOf(string flag, string name, string description, bool required = false) =>
        new(new Option<string?>(flag) { Description = description, HelpName = "TEXT", Required = required }, name);

    private static string Names<T>()
        where T : struct, Enum => string.Join(", ", Enum.GetNames<T>());
}

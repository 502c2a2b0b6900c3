using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.Webhooks.Management;

/// <summary>The routes by which accounts, pipelines, alert sources, policies, teams and API keys are seen and changed.</summary>
/// <remarks>
/// Each request first reads the tables up to their end as of now, so that it sees every change whose answer was sent before, whichever instance sent it: also
/// the change that took its own key away. Changes are decided one after another (see <see cref="TableWriter"/>) and leave an audit record in the same
/// transaction. What an account does not have is 404 to it, whether another has it or not.
/// </remarks>
internal sealed partial class ManagementEndpoints(
    IngestSettings settings, Entities entities, TableTail tail, TableWriter writer, Authentication authentication, RequestLimits limits, BodyBudget budget,
    Func<string> baseUrl, ILogger<ManagementEndpoints> log)
{
    private const int ResultsDefault = 50;
    private const int ResultsMax = 100;
    private const long OverlapDefaultMs = 24 * 3_600_000;

    private delegate Task Handler(HttpContext context, Caller caller);

    /// <summary>What a change came to: a refusal, or the entry as it is now (null: gone).</summary>
    private sealed record Outcome<T>(Refusal? Refusal, T? Entry = null, Shown? Shown = null)
        where T : class;

    public void Map(IEndpointRouteBuilder routes)
    {
        var pipelines = new PipelineResource(entities);
        var sources = new AlertSourceResource(entities);
        Map(routes, pipelines);
        Map(routes, sources);
        Map(routes, new PolicyResource(entities));
        Map(routes, new TeamResource(entities));
        Map(routes, new ApiKeyResource(entities));
        Map(routes, new AccountResource(entities));
        MapKeys(routes, pipelines);
        MapKeys(routes, sources);
        routes.MapGet("/api/caller", For(null, ShowCallerAsync));
    }

    /// <summary>Seals anew, under the first master key, what older ones sealed.</summary>
    public async Task ResealAsync(CancellationToken cancellationToken)
    {
        await ResealAsync(new PipelineResource(entities), cancellationToken);
        await ResealAsync(new AlertSourceResource(entities), cancellationToken);
    }

    private void Map<T>(IEndpointRouteBuilder routes, Resource<T> resource)
        where T : class
    {
        var path = "/api/" + resource.Route;
        routes.MapGet(path, For(resource.ReadScope, (context, caller) => ListAsync(context, caller, resource)));
        routes.MapPost(path, For(resource.WriteScope, (context, caller) => CreateAsync(context, caller, resource)));
        routes.MapGet(path + "/{id}", For(resource.ReadScope, (context, caller) => ShowAsync(context, resource, resource.Locate(caller, Value(context, "id")))));
        routes.MapPut(path + "/{id}", For(resource.WriteScope, (context, caller) => UpdateAsync(context, caller, resource)));
        routes.MapDelete(path + "/{id}", For(resource.WriteScope, (context, caller) => DeleteAsync(context, caller, resource)));
        if (resource is not AccountResource)
            routes.MapGet(path + "/name/{name}", For(resource.ReadScope, (context, caller) => ShowAsync(context, resource, Named(caller, resource, Value(context, "name")))));
    }

    private void MapKeys<T>(IEndpointRouteBuilder routes, KeyedResource<T> resource)
        where T : class
    {
        var path = "/api/" + resource.Route + "/{id}/";
        routes.MapPost(path + "integration-key", For(ApiScope.WRITE, (context, caller) => RotateAsync(context, caller, resource, AuditAction.ROTATE_KEY, (entry, fields, shown) =>
        {
            if (!resource.HasKey(entry))
                fields.Conflict("NO_KEY", $"this {resource.Name} has no key: its events are written to Kafka", "id");
            shown.IntegrationKey = NewKey.Integration();
            return resource.WithKey(entry, shown.IntegrationKey, OverlapIn(fields));
        })));
        routes.MapPost(path + "signing-secret", For(ApiScope.WRITE, (context, caller) => RotateAsync(context, caller, resource, AuditAction.ROTATE_SECRET, (entry, fields, _) =>
        {
            var until = OverlapIn(fields);
            fields.Required(fields.Text("signingSecret", int.MaxValue), "signingSecret");
            return resource.SecretIn(fields, entry) is { } secret ? resource.WithSecret(entry, secret, until) : entry;
        })));
    }

    /// <param name="scope">What it needs; null: whoever has a valid key or token may.</param>
    /// <param name="handle">Answers.</param>
    private RequestDelegate For(ApiScope? scope, Handler handle) => limits.InFlight(async context =>
    {
        try
        {
            await tail.CatchUpAsync(context.RequestAborted);
            if (!(await authentication.AuthenticateAsync(context)).TryGet(out var caller, out var refusal))
            {
                await Answers.Refused(context, refusal);
                return;
            }

            RequestOutcome.Of(context).Owner = $"{caller.AccountId ?? "operator"}/{caller.Actor}";
            refusal = limits.CheckKey(caller.LimitKey) ?? (scope is not { } needed || caller.May(needed) ? null : new Refusal(403, "FORBIDDEN", $"this needs the scope {scope}"));
            await (refusal is null ? handle(context, caller) : Answers.Refused(context, refusal));
        }
        catch (BrokerUnavailableException problem)
        {
            TablesUnavailable(log, problem.Message);
            await Answers.Refused(context, Refusal.Unavailable(
                "the tables cannot be read or written now; a change may have been made all the same: look before trying again", settings.RetryAfter));
        }
        catch (RecordTooLargeException)
        {
            await Answers.Refused(context, new Refusal(413, "TOO_LARGE", "the entry is larger than a record may be"));
        }
    });

    // So that a page or a script can say whose key it was given before it tries anything with it.
    private Task ShowCallerAsync(HttpContext context, Caller caller) => AnswerAsync(context, 200, json =>
    {
        json.WriteStartObject();
        json.WriteString("accountId", caller.AccountId);
        json.WriteString("accountName", caller.AccountId is { } accountId && entities.Accounts.Find(accountId, 0)?.Value.Name is { Length: > 0 } name ? name : null);
        json.WriteString("actor", caller.Actor);
        json.WriteStartArray("scopes");
        foreach (var scope in caller.Scopes)
            json.WriteStringValue(scope.ToString());
        json.WriteEndArray();
        if (caller.IsOperator)
            json.WriteBoolean("operator", true);
        json.WriteEndObject();
    });

    private async Task ListAsync<T>(HttpContext context, Caller caller, Resource<T> resource)
        where T : class
    {
        if (!TryReadNumber(context, "start-index", 0, int.MaxValue, 0, out var start, out var refusal)
            || !TryReadNumber(context, "max-results", 1, ResultsMax, ResultsDefault, out var count, out refusal)
            || !TryReadView(context, out var view, out refusal))
        {
            await Answers.Refused(context, refusal!);
            return;
        }

        var all = resource.List(caller);
        context.Response.Headers["X-Total-Count"] = all.Count.ToString(CultureInfo.InvariantCulture);
        await AnswerAsync(context, 200, json =>
        {
            json.WriteStartArray();
            foreach (var entry in all.Skip(start).Take(count))
                WriteEntry(json, resource, entry.Value, view!);
            json.WriteEndArray();
        });
    }

    private async Task ShowAsync<T>(HttpContext context, Resource<T> resource, (string AccountId, long Id)? key)
        where T : class
    {
        if (!TryReadView(context, out var view, out var refusal))
            await Answers.Refused(context, refusal!);
        else if (key is not { } known || resource.Table.Find(known.AccountId, known.Id) is not { } entry)
            await Answers.Refused(context, NotFound(resource));
        else if (context.Request.Headers.IfNoneMatch.ToString() == entry.ETag)
            context.Response.StatusCode = StatusCodes.Status304NotModified;
        else
            await ShowAsync(context, 200, resource, entry.Value, entry.ETag, view!);
    }

    private async Task CreateAsync<T>(HttpContext context, Caller caller, Resource<T> resource)
        where T : class
    {
        if (caller.IsOperator != resource is AccountResource)
        {
            await Answers.Refused(context, new Refusal(403, "FORBIDDEN", resource is AccountResource ? "only the operator's key makes accounts" : "the operator's key is for accounts only"));
            return;
        }

        await ChangeAsync(context, resource, StatusCodes.Status201Created, (fields, write) =>
        {
            var shown = new Shown();
            var entry = resource.Create(fields, caller.AccountId ?? "", shown);
            if (fields.Refusal is { } refusal)
                return new Outcome<T>(refusal);
            resource.Put(write, entry);
            resource.PutWith(write, entry, shown);
            Audit(write, context, caller, AuditAction.CREATE, resource, null, entry);
            return new Outcome<T>(null, entry, shown);
        });
    }

    private Task UpdateAsync<T>(HttpContext context, Caller caller, Resource<T> resource)
        where T : class => ChangeAsync(context, resource, StatusCodes.Status200OK, (fields, write) =>
    {
        if (Changeable(context, caller, resource, out var before) is { } refusal)
            return new Outcome<T>(refusal);
        var entry = resource.Update(fields, before!);
        if (fields.Refusal is { } wrong)
            return new Outcome<T>(wrong);
        resource.Put(write, entry);
        Audit(write, context, caller, AuditAction.UPDATE, resource, before, entry);
        return new Outcome<T>(null, entry);
    });

    private Task RotateAsync<T>(HttpContext context, Caller caller, Resource<T> resource, AuditAction action, Func<T, JsonFields, Shown, T> rotate)
        where T : class => ChangeAsync(context, resource, StatusCodes.Status200OK, (fields, write) =>
    {
        if (Changeable(context, caller, resource, out var before) is { } refusal)
            return new Outcome<T>(refusal);
        var shown = new Shown();
        var entry = rotate(before!, fields, shown);
        if (fields.Refusal is { } wrong)
            return new Outcome<T>(wrong);
        resource.Put(write, entry);
        Audit(write, context, caller, action, resource, before, entry);
        return new Outcome<T>(null, entry, shown);
    }, bodyIsOptional: true);

    private Task DeleteAsync<T>(HttpContext context, Caller caller, Resource<T> resource)
        where T : class
    {
        if (resource is AccountResource && !caller.IsOperator)
            return Answers.Refused(context, new Refusal(403, "FORBIDDEN", "only the operator's key deletes accounts"));
        return ChangeAsync(context, resource, StatusCodes.Status204NoContent, (_, write) =>
        {
            if (Changeable(context, caller, resource, out var before) is { } refusal)
                return new Outcome<T>(refusal);
            if (resource.InUseBy(before!) is { } user)
                return new Outcome<T>(new Refusal(409, "IN_USE", $"{user} refers to this {resource.Name}: change that first"));
            resource.Delete(write, before!);
            Audit(write, context, caller, AuditAction.DELETE, resource, before, null);
            return new Outcome<T>(null);
        }, bodyIsOptional: true);
    }

    /// <summary>The entry the path names, or why it cannot be changed.</summary>
    private Refusal? Changeable<T>(HttpContext context, Caller caller, Resource<T> resource, out T? entry)
        where T : class
    {
        entry = null;
        if (resource.Locate(caller, Value(context, "id")) is not { } key || resource.Table.Find(key.AccountId, key.Id) is not { } found)
            return NotFound(resource);
        entry = found.Value;
        if (context.Request.Headers.IfMatch is { Count: > 0 } wanted && wanted.ToString() is not "*" && !wanted.ToString().Split(',', StringSplitOptions.TrimEntries).Contains(found.ETag))
            return new Refusal(412, "PRECONDITION_FAILED", $"this {resource.Name} was changed since: read it again");
        return entities.IsOfFile(typeof(T), key.AccountId, key.Id)
            ? new Refusal(409, "MANAGED_BY_FILE", $"this {resource.Name} stands in the server's catalog file: change it there")
            : null;
    }

    private async Task ChangeAsync<T>(
        HttpContext context, Resource<T> resource, int status, Func<JsonFields, TableWrite, Outcome<T>> decide, bool bodyIsOptional = false)
        where T : class
    {
        if (!TryReadView(context, out var view, out var refusal)
            || !(await ReadAsync(context, bodyIsOptional)).TryGet(out var body, out refusal))
        {
            await Answers.Refused(context, refusal!);
            return;
        }

        using (body)
        {
            Outcome<T>? outcome = null;
            TableWrite? written = null;
            await writer.WriteAsync(
                () =>
                {
                    var write = new TableWrite();
                    outcome = decide(new JsonFields(body.RootElement, entities.NowMs), write);
                    return written = outcome.Refusal is null ? write : null;
                },
                entities.IsApplied, context.RequestAborted);

            if (outcome!.Refusal is { } wrong)
            {
                await Answers.Refused(context, wrong);
            }
            else if (outcome.Entry is not { } entry)
            {
                context.Response.StatusCode = status;
            }
            else
            {
                var (accountId, id) = resource.KeyOf(entry);
                // Another change may have come right after it: then there is no telling the version of this one.
                var now = resource.Table.Find(accountId, id);
                if (status == StatusCodes.Status201Created)
                    context.Response.Headers.Location = $"/api/{resource.Route}/{(id == 0 ? accountId : id.ToString(CultureInfo.InvariantCulture))}";
                await ShowAsync(context, status, resource, entry, now?.Version.ChangeId == written!.ChangeId ? now.ETag : null, view! with { Shown = outcome.Shown });
            }
        }
    }

    private async Task<Reading<JsonDocument>> ReadAsync(HttpContext context, bool bodyIsOptional)
    {
        if (!(await RequestBody.ReadAsync(context.Request, formAllowed: false, settings.GenericBodyBytesMax, budget, settings.BodyTimeout)).TryGet(out var body, out var refusal))
            return new(refusal);
        using (body)
        {
            if (bodyIsOptional && body.Bytes.IsEmpty)
                return new(JsonDocument.Parse("{}"));
            // The document outlives the body's buffer.
            return JsonBody.Parse(body.Json()!.Value.ToArray(), settings.JsonDepthMax);
        }
    }

    private void Audit<T>(TableWrite write, HttpContext context, Caller caller, AuditAction action, Resource<T> resource, T? before, T? after)
        where T : class
    {
        var (accountId, id) = resource.KeyOf((after ?? before)!);
        write.Append(new AuditRecord
        {
            AccountId = accountId,
            ChangeId = write.ChangeId,
            OccurredAtMs = entities.NowMs,
            Actor = caller.Actor,
            Address = context.Connection.RemoteIpAddress?.ToString(),
            Action = action,
            Entity = typeof(T).Name,
            EntityId = id == 0 ? accountId : id.ToString(CultureInfo.InvariantCulture),
            Before = before is null ? null : Text(resource, before),
            After = after is null ? null : Text(resource, after),
        });
    }

    private async Task ResealAsync<T>(KeyedResource<T> resource, CancellationToken cancellationToken)
        where T : class
    {
        foreach (var old in resource.Table.All().Where(entry => resource.Resealed(entry.Value) is not null))
        {
            var (accountId, id) = resource.KeyOf(old.Value);
            await writer.WriteAsync(
                () =>
                {
                    if (resource.Table.Find(accountId, id) is not { } now || resource.Resealed(now.Value) is not { } entry)
                        return null;
                    var write = new TableWrite();
                    resource.Put(write, entry);
                    write.Append(new AuditRecord
                    {
                        AccountId = accountId,
                        ChangeId = write.ChangeId,
                        OccurredAtMs = entities.NowMs,
                        Actor = "operator",
                        Action = AuditAction.RESEAL,
                        Entity = typeof(T).Name,
                        EntityId = id.ToString(CultureInfo.InvariantCulture),
                    });
                    return write;
                },
                entities.IsApplied, cancellationToken);
        }
    }

    private static Task ShowAsync<T>(HttpContext context, int status, Resource<T> resource, T entry, string? etag, View view)
        where T : class
    {
        if (etag is not null)
            context.Response.Headers.ETag = etag;
        return AnswerAsync(context, status, json => WriteEntry(json, resource, entry, view));
    }

    private static async Task AnswerAsync(HttpContext context, int status, Action<Utf8JsonWriter> write)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        // Keys are shown once; no cache in between may keep them.
        context.Response.Headers.CacheControl = "no-store";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter);
        write(json);
    }

    private static void WriteEntry<T>(Utf8JsonWriter json, Resource<T> resource, T entry, View view)
        where T : class
    {
        json.WriteStartObject();
        resource.Write(json, entry, view);
        json.WriteEndObject();
    }

    private static string Text<T>(Resource<T> resource, T entry)
        where T : class
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
            WriteEntry(json, resource, entry, new View(""));
        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    // A slash in a path's part is the one thing that the server leaves encoded.
    private static (string, long)? Named<T>(Caller caller, Resource<T> resource, string name)
        where T : class
    {
        var entries = resource.List(caller);
        var withSlash = name.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
        var found = entries.FirstOrDefault(entry => resource.NameOf(entry.Value) == name) ?? entries.FirstOrDefault(entry => resource.NameOf(entry.Value) == withSlash);
        return found is null ? null : resource.KeyOf(found.Value);
    }

    private long OverlapIn(JsonFields fields)
    {
        // 0s is a time too: now.
        var overlap = fields.Text("overlap", 40);
        if (overlap is null)
            return entities.NowMs + OverlapDefaultMs;
        if (!Durations.TryParse(overlap, out var overlapMs))
            fields.Refuse<string>("overlap", "overlap must be a duration such as 0s, 30m or 24h");
        return entities.NowMs + overlapMs;
    }

    private bool TryReadView(HttpContext context, out View? view, out Refusal? refusal)
    {
        var include = context.Request.Query["include"].SelectMany(value => (value ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)).ToList();
        view = new View(baseUrl(), include.Contains("integrationUrl"));
        refusal = include.Exists(wanted => wanted != "integrationUrl") ? Refusal.Invalid("include", "include may be integrationUrl") : null;
        return refusal is null;
    }

    private static bool TryReadNumber(HttpContext context, string name, int min, int max, int fallback, out int number, out Refusal? refusal)
    {
        number = fallback;
        refusal = null;
        if (context.Request.Query[name] is not { Count: > 0 } given)
            return true;
        if (int.TryParse(given.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out number) && number >= min && number <= max)
            return true;
        refusal = Refusal.Invalid(name, max == int.MaxValue ? $"{name} must be a whole number from {min}" : $"{name} must be a whole number from {min} to {max}");
        return false;
    }

    private static string Value(HttpContext context, string name) => (string)context.Request.RouteValues[name]!;

    private static Refusal NotFound<T>(Resource<T> resource)
        where T : class => new(404, "NOT_FOUND", $"there is no such {resource.Name} in this account");

    [LoggerMessage(LogLevel.Warning, "Request for the tables not served: {Problem}")]
    private static partial void TablesUnavailable(ILogger log, string problem);
}

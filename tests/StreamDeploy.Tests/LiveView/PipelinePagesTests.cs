using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;
using StreamDeploy.Connectors.Embedded;
using static StreamDeploy.Tests.Webhooks.IngestWorld;

namespace StreamDeploy.Tests.LiveView;

/// <summary>The pages of pipelines over HTTP, without a script, in front of the real management API.</summary>
public sealed class PipelinePagesTests(ViewOnIngest world) : IClassFixture<ViewOnIngest>
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_pipeline_is_made_by_the_forms_and_its_first_event_is_told_to_who_waits()
    {
        using var admin = await world.SignInAsync();
        var made = await MakeAsync(admin, "github", ("name", "checkout <b>on</b> GitHub"), ("team", "1"), ("branchFilters", "main\r\nrelease/*"), ("eventFilter", "push"), ("secret", "none"));
        var id = IdOf(made);

        Assert.Contains("/api/v1/deployment-events/github/", made.TextOf("url"), StringComparison.Ordinal);
        Assert.Contains("checkout &lt;b&gt;on&lt;/b&gt; GitHub", made.Html, StringComparison.Ordinal);
        Assert.Contains("Waiting for the first event", made.Text, StringComparison.Ordinal);
        var told = await admin.FollowAsync($"/pipelines/{id}/first", all => all.Contains("event: over", StringComparison.Ordinal), () => RunAsync(made.TextOf("test")));
        Assert.Contains("Waiting for the first event", told, StringComparison.Ordinal);
        Assert.Contains("The first event has come.", told, StringComparison.Ordinal);
        Assert.Contains("A test event", told, StringComparison.Ordinal);

        var page = await admin.GetAsync($"/pipelines/{id}");
        Assert.Contains("main, release/*", page.Text, StringComparison.Ordinal);
        Assert.Contains("1 accepted 0 filtered 0 refused", page.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(made.TextOf("key"), page.Html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("shell", "none")]
    [InlineData("github", "make")]
    [InlineData("gitlab", "none")]
    [InlineData("gitlab", "make")]
    [InlineData("argocd", "make")]
    [InlineData("cdevents", "make")]
    [InlineData("pagerduty", "none")]
    public async Task The_test_event_that_is_offered_is_taken(string provider, string secret)
    {
        using var admin = await world.SignInAsync();
        var made = await MakeAsync(admin, provider, ("name", $"{provider} {secret}"), ("secret", secret));

        Assert.Equal(secret == "make", made.TextOf("secret").Length == 40);
        Assert.Contains(" 202 ", await RunAsync(made.TextOf("test")), StringComparison.Ordinal);
        await admin.UntilAsync($"/pipelines/{IdOf(made)}", "1 accepted");
    }

    [Fact]
    public async Task A_filtered_and_a_refused_delivery_are_listed_with_the_filter_and_the_reason()
    {
        using var admin = await world.SignInAsync();
        var made = await MakeAsync(admin, "github", ("name", "filtered"), ("branchFilters", "release/*"), ("secret", "make"));
        var lines = made.TextOf("test");

        await RunAsync(lines);
        await RunAsync(Regex.Replace(lines, "SECRET='[^']*'", "SECRET=wrong"));

        var page = await admin.UntilAsync($"/pipelines/{IdOf(made)}", "0 accepted 1 filtered 1 refused");
        Assert.Contains("main is not in the pipeline's branch filters (release/*)", page.Text, StringComparison.Ordinal);
        Assert.Contains("X-Hub-Signature-256 is missing or does not match INVALID_SIGNATURE 401", page.Text, StringComparison.Ordinal);
        var told = await admin.FollowAsync($"/pipelines/{IdOf(made)}/first", all => all.Contains("not taken", StringComparison.Ordinal));
        Assert.Contains("Waiting for the first event", told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_API_refuses_stands_at_its_field_with_what_was_written()
    {
        using var admin = await world.SignInAsync();

        var taken = await admin.SendAsync("/pipelines/new?from=shell", "/pipelines/new", ("from", "shell"), ("name", "one"), ("before", "3h"));
        var wrong = await admin.SendAsync("/pipelines/new?from=shell", "/pipelines/new", ("from", "shell"), ("name", "never made"), ("before", "soon"));

        Assert.Equal(HttpStatusCode.Conflict, taken.Status);
        Assert.Equal("there is another deployment pipeline of this name", taken.TextOf("name-problem"));
        Assert.Contains("value=\"3h\"", taken.Html, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, wrong.Status);
        Assert.Contains("before must be a duration", wrong.TextOf("before-problem"), StringComparison.Ordinal);
        Assert.DoesNotContain("never made", (await admin.GetAsync("/pipelines")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_form_without_its_token_does_nothing()
    {
        using var admin = await world.SignInAsync();

        foreach (var token in new[] { "", "forged" })
            Assert.Equal(HttpStatusCode.BadRequest, (await admin.PostAsync("/pipelines/new", ("from", "shell"), ("name", "forged"), ("form-token", token))).Status);

        Assert.DoesNotContain("forged", (await admin.GetAsync("/pipelines")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_another_account_there_is_no_page_no_stream_and_no_change()
    {
        using var admin = await world.SignInAsync();
        var made = await MakeAsync(admin, "shell", ("name", "ours"));
        await RunAsync(made.TextOf("test"));
        var path = $"/pipelines/{IdOf(made)}";
        await admin.UntilAsync(path, "1 accepted");
        using var other = await world.SignInAsync(OtherAdminKey);

        Assert.Equal(HttpStatusCode.NotFound, (await other.GetAsync(path)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await other.GetAsync(path + "/delete")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await other.SendAsync("/pipelines/new?from=shell", path, ("name", "theirs"))).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await other.SendAsync("/pipelines/new?from=shell", path + "/rotate-key", ("overlap", "0s"))).Status);
        Assert.DoesNotContain("ours", (await other.GetAsync("/pipelines")).Text, StringComparison.Ordinal);
        var told = await other.FollowAsync(path + "/deliveries", all => all.Contains("\n\n", StringComparison.Ordinal));
        Assert.DoesNotContain("A test event", told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_may_only_read_sees_the_pages_is_told_why_and_changes_nothing()
    {
        using var reader = await world.SignInAsync(ReadKey);

        var (list, wizard, one) = (await reader.GetAsync("/pipelines"), await reader.GetAsync("/pipelines/new?from=github"), await reader.GetAsync("/pipelines/3"));

        Assert.Contains("unsigned", list.Text, StringComparison.Ordinal);
        foreach (var page in new[] { list, wizard, one })
        {
            Assert.Contains("that needs the scope WRITE or ADMIN", page.Text, StringComparison.Ordinal);
            Assert.DoesNotContain("method=\"post\" action=\"/pipelines", page.Html, StringComparison.Ordinal);
        }

        var made = await reader.SendAsync("/pipelines", "/pipelines/new", ("from", "shell"), ("name", "not theirs to make"));
        Assert.Equal(HttpStatusCode.Forbidden, made.Status);
        Assert.Contains("this needs the scope WRITE", made.Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Forbidden, (await reader.SendAsync("/pipelines", "/pipelines/3/rotate-key", ("overlap", "0s"))).Status);
    }

    [Fact]
    public async Task A_change_made_meanwhile_is_told_and_not_overwritten()
    {
        using var admin = await world.SignInAsync();
        var path = $"/pipelines/{IdOf(await MakeAsync(admin, "github", ("name", "edited"), ("service", "billing"), ("before", "3h"), ("secret", "none")))}";
        var (mine, theirs) = (await admin.GetAsync(path), await admin.GetAsync(path));

        var saved = await admin.PostAsync(path, ("form-token", theirs.Field("form-token")), ("etag", theirs.Field("etag")), ("name", "edited by them"), ("branchFilters", "trunk"));
        var late = await admin.PostAsync(path, ("form-token", mine.Field("form-token")), ("etag", mine.Field("etag")), ("name", "edited by me"));

        Assert.Equal(HttpStatusCode.Redirect, saved.Status);
        Assert.Equal(HttpStatusCode.PreconditionFailed, late.Status);
        Assert.Contains("Somebody else changed this pipeline", late.Text, StringComparison.Ordinal);
        Assert.Contains("As it stands now: edited by them", late.Text, StringComparison.Ordinal);
        Assert.Contains("value=\"edited by me\"", late.Html, StringComparison.Ordinal);
        var now = await admin.GetAsync(path);
        Assert.Contains("trunk", now.Text, StringComparison.Ordinal);
        // What was emptied is gone.
        Assert.DoesNotContain("billing", now.Html, StringComparison.Ordinal);
        Assert.Contains("Window before the account's", now.Text, StringComparison.Ordinal);
        // With the version that the refusal brought it is saved.
        Assert.Equal(HttpStatusCode.Redirect, (await admin.PostAsync(path, ("form-token", late.Field("form-token")), ("etag", late.Field("etag")), ("name", "edited by me"))).Status);
    }

    [Fact]
    public async Task A_new_key_is_shown_once_and_the_one_before_holds_no_more()
    {
        using var admin = await world.SignInAsync();
        var made = await MakeAsync(admin, "shell", ("name", "rotated"));
        var path = $"/pipelines/{IdOf(made)}";

        var rotated = await admin.SendAsync(path, path + "/rotate-key", ("overlap", "0s"));

        Assert.Contains("holds no more", rotated.Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Unauthorized, (await world.Ingest.EventAsync(made.TextOf("key"))).Status);
        Assert.Equal(HttpStatusCode.Accepted, (await world.Ingest.EventAsync(rotated.TextOf("key"))).Status);
        Assert.DoesNotContain(rotated.TextOf("key"), (await admin.GetAsync(path)).Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_secret_is_set_later_and_from_then_on_asked_for()
    {
        using var admin = await world.SignInAsync();
        var made = await MakeAsync(admin, "gitlab", ("name", "later signed"), ("secret", "none"));
        var path = $"/pipelines/{IdOf(made)}";

        Assert.Contains("signingSecret must be at least 8", (await admin.SendAsync(path, path + "/rotate-secret", ("own", "short"), ("overlap", "0s"))).Text, StringComparison.Ordinal);
        var set = await admin.SendAsync(path, path + "/rotate-secret", ("own", ""), ("overlap", "0s"));

        Assert.Equal(40, set.TextOf("secret").Length);
        Assert.Contains(" 401 ", await RunAsync(made.TextOf("test")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pipeline_goes_when_its_name_is_typed_and_else_not()
    {
        using var admin = await world.SignInAsync();
        var path = $"/pipelines/{IdOf(await MakeAsync(admin, "shell", ("name", "to \u202Ego")))}";

        var wrong = await admin.SendAsync(path + "/delete", path + "/delete", ("name", "to stay"));
        Assert.Equal((HttpStatusCode.BadRequest, "This is not the pipeline's name: nothing was deleted."), (wrong.Status, wrong.TextOf("name-problem")));
        Assert.Equal(HttpStatusCode.OK, (await admin.GetAsync(path)).Status);
        Assert.Equal("/pipelines?deleted=to%20%E2%80%AEgo", (await admin.SendAsync(path + "/delete", path + "/delete", ("name", "to go"))).Location);
        Assert.Equal(HttpStatusCode.NotFound, (await admin.GetAsync(path)).Status);
    }

    [Fact]
    public async Task An_installation_without_the_topic_of_deliveries_shows_what_was_taken_and_says_what_to_do()
    {
        using var kafka = EmbeddedKafka.Start();
        var settings = world.Kafka.Settings with { BootstrapServers = kafka.BootstrapServers };
        kafka.CreateTopics(settings.Topics.All.Where(topic => topic != settings.Topics.Deliveries));
        await using var view = await world.StartViewAsync(settings);
        using var admin = await ViewClient.SignInAsync(view.Address, AdminKey);

        var page = await admin.GetAsync("/pipelines/3");

        Assert.Equal(HttpStatusCode.OK, page.Status);
        Assert.Contains("streamdeploy topics create", page.Text, StringComparison.Ordinal);
        Assert.Contains("There is no deployment pipeline yet", (await admin.GetAsync("/pipelines")).Text, StringComparison.Ordinal);
    }

    private static async Task<Page> MakeAsync(ViewClient client, string provider, params (string, string)[] fields)
    {
        var made = await client.SendAsync($"/pipelines/new?from={provider}", "/pipelines/new", [("from", provider), .. fields]);
        Assert.True(made.Status == HttpStatusCode.OK, made.Text);
        return made;
    }

    private static string IdOf(Page made) => Regex.Match(made.Html, "/pipelines/([0-9]+)/first").Groups[1].Value;

    private static async Task<string> RunAsync(string lines)
    {
        using var shell = Process.Start(new ProcessStartInfo("sh", ["-c", lines]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        using var limit = new CancellationTokenSource(Limit);
        var output = shell.StandardOutput.ReadToEndAsync(limit.Token);
        var errors = shell.StandardError.ReadToEndAsync(limit.Token);
        await shell.WaitForExitAsync(limit.Token);
        return $"{await output} {await errors}";
    }
}

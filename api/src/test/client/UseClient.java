import java.util.UUID;
import org.openapitools.client.ApiClient;
import org.openapitools.client.ApiException;
import org.openapitools.client.api.AccountsAndLoginsApi;
import org.openapitools.client.api.TeamsApi;
import org.openapitools.client.api.UsageApi;
import org.openapitools.client.api.VirtualMachinesApi;
import org.openapitools.client.model.ChangeVm;
import org.openapitools.client.model.CreateVm;
import org.openapitools.client.model.Registration;
import org.openapitools.client.model.SignedIn;
import org.openapitools.client.model.VmView;

/** What somebody writes on top of a generated client: UseClient ADDRESS. Compiled and run by GeneratedClientIT. */
public final class UseClient {
    private UseClient() {}

    public static void main(String[] arguments) throws Exception {
        ApiClient client = new ApiClient();
        client.updateBaseUri(arguments[0]);
        SignedIn me = new AccountsAndLoginsApi(client)
                .authRegister(new Registration().username("generated").password("a long enough password"));
        ApiClient mine = new ApiClient();
        mine.updateBaseUri(arguments[0]);
        mine.setRequestInterceptor(request -> request.header("Authorization", "Bearer " + me.getAccessToken()));
        VirtualMachinesApi vms = new VirtualMachinesApi(mine);
        VmView made = vms.vmCreate(new CreateVm().template("tiny").name("by-hand"), "wait=20", null, null);
        require(made.getState().getValue().equals("running"), "it runs");
        UUID id = UUID.fromString(made.getId());
        require(vms.vmShow(id, null).getName().equals("by-hand"), "it is shown");
        require(vms.vmChange(id, new ChangeVm().name("renamed"), null, null).getName().equals("renamed"), "it is renamed");
        require(new AccountsAndLoginsApi(mine).authMe().getUsage().getRunningVms() == 1, "it counts");
        require(new UsageApi(mine).usageStatement(null, null, null).getLines().size() == 5, "it is billed");
        require(new TeamsApi(mine).teamTeams(null).isEmpty(), "nobody is in a team");
        vms.vmDelete(id, "wait=20", null, null);
        try {
            vms.vmShow(UUID.randomUUID(), null);
            require(false, "a VM that nobody has is refused");
        } catch (ApiException e) {
            require(e.getCode() == 404 && e.getResponseBody().contains("not-found"), "the problem is readable");
        }
        System.out.println("everything works");
    }

    private static void require(boolean good, String what) {
        if (!good) {
            throw new IllegalStateException("not so: " + what);
        }
    }
}

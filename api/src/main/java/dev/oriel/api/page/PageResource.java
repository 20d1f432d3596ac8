package dev.oriel.api.page;

import dev.oriel.api.ApiConfig;
import dev.oriel.api.OidcConfig;
import dev.oriel.api.account.Caller;
import dev.oriel.api.account.Role;
import dev.oriel.api.http.Public;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.vm.VmId;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.ModelAndView;
import org.springframework.web.servlet.View;
import org.springframework.web.servlet.view.RedirectView;

/**
 * The pages. None of them changes anything: that is done by their scripts over the HTTP API. Whoever is not signed in,
 * or whose access token ran out, is sent to the login page, whose script first tries to renew the login by itself and
 * then comes straight back.
 */
@Controller
@Public
class PageResource {
    private final Assets assets;
    private final String registration;
    private final String elsewhere;

    PageResource(Assets assets, ApiConfig config) {
        this.assets = assets;
        this.elsewhere = config.oidc().map(OidcConfig::name).orElse("");
        this.registration = config.registration().name().toLowerCase(Locale.ROOT);
    }

    @GetMapping({"/", "/pages", "/pages/"})
    ModelAndView home() {
        return redirect(NextPage.HOME);
    }

    @GetMapping("/pages/login")
    ModelAndView login(Optional<Caller> caller, @RequestParam(name = "next", required = false) @Nullable String next) {
        return caller.isPresent() ? redirect(NextPage.of(next)) : door("login");
    }

    @GetMapping("/pages/register")
    ModelAndView register(
            Optional<Caller> caller, @RequestParam(name = "next", required = false) @Nullable String next) {
        return caller.isPresent() ? redirect(NextPage.of(next)) : door("register");
    }

    @GetMapping({"/pages/desktops", "/pages/files", "/pages/usage", "/pages/account"})
    ModelAndView page(Optional<Caller> caller, HttpServletRequest request) {
        String name = request.getRequestURI().substring("/pages/".length());
        return caller.map(who -> framed(name, who)).orElseGet(() -> redirect(NextPage.login(here(request))));
    }

    @GetMapping("/pages/admin")
    ModelAndView admin(Optional<Caller> caller, HttpServletRequest request) {
        if (caller.isEmpty()) {
            return redirect(NextPage.login(here(request)));
        }
        caller.get().require(Role.OPERATOR);
        return framed("admin", caller.get())
                .addObject("administrator", caller.get().role().atLeast(Role.ADMIN));
    }

    /** The VM need not exist: the page finds out, and says so. */
    @GetMapping("/pages/console/{vm}")
    ModelAndView console(Optional<Caller> caller, @PathVariable("vm") String vm, HttpServletRequest request) {
        if (caller.isEmpty()) {
            return redirect(NextPage.login(here(request)));
        }
        return framed("console", caller.get()).addObject("vm", parse(vm));
    }

    /** As {@link #console}: the page finds out whether there is such a recording. */
    @GetMapping("/pages/recording/{vm}/{recording}")
    ModelAndView recording(
            Optional<Caller> caller,
            @PathVariable("vm") String vm,
            @PathVariable("recording") String recording,
            HttpServletRequest request) {
        if (caller.isEmpty()) {
            return redirect(NextPage.login(here(request)));
        }
        return framed("recording", caller.get()).addObject("vm", parse(vm)).addObject("recording", parse(recording));
    }

    /** Says nothing about the link: its script asks. Previews of chats fetch this page, and use nothing up. */
    @GetMapping("/pages/share/{token}")
    ModelAndView share(@PathVariable("token") String token) {
        return door("share");
    }

    @GetMapping("/pages/**")
    ModelAndView missing() {
        throw new OrielException(ErrorCode.NOT_FOUND, "There is no page at this address.");
    }

    private ModelAndView framed(String name, Caller caller) {
        return door(name)
                .addObject("username", caller.username())
                .addObject(
                        "initial",
                        caller.username().substring(0, caller.username().offsetByCodePoints(0, 1)))
                .addObject("admin", runsTheHouse(caller));
    }

    private ModelAndView door(String name) {
        return new ModelAndView(
                name, Map.of("assets", assets.prefix(), "registration", registration, "elsewhere", elsewhere));
    }

    private static boolean runsTheHouse(Caller caller) {
        return caller.role().atLeast(Role.OPERATOR);
    }

    /** Without scheme and host in it: only the front door knows those for sure. */
    private static ModelAndView redirect(String page) {
        RedirectView view = new RedirectView(page);
        view.setStatusCode(HttpStatus.FOUND);
        view.setExpandUriTemplateVariables(false);
        view.setExposeModelAttributes(false);
        return new ModelAndView((View) view);
    }

    private static String here(HttpServletRequest request) {
        String query = request.getQueryString();
        return request.getRequestURI() + (query == null ? "" : "?" + query);
    }

    private static VmId parse(String text) {
        try {
            return VmId.of(text);
        } catch (IllegalArgumentException e) {
            throw new OrielException(ErrorCode.NOT_FOUND, "There is no desktop at this address.", e);
        }
    }
}

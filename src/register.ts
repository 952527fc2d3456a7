// `node --import otel-sluice/register app.js`, or `--require`: logs are exported as the environment says.
import { register } from './facade/registration.js'

register()

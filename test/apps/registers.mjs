import 'perfagent/register'
import lib from './lib.js'

lib.serve({ '/slow': () => new Promise(resolve => setTimeout(resolve, 100, 'late')) })
